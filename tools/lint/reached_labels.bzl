"""Writes down what targets reach in the build graph, and by which edges.

An aspect rather than genquery: it follows the dependencies of the configured target only, and
so needs nothing of Bazel's own tools to be loadable.
"""

_ReachedInfo = provider(fields = {
    "labels": "depset of the labels that a target reaches, as text",
    "edges": "depset of lines `LABEL LABEL`: a target of ours on the way, and one that it names",
})

_EDGES = ["deps", "data", "srcs", "actual"]

def _is_ours(label):
    return label.workspace_name == ""

def _collect_impl(target, ctx):
    reached = []
    edges = []
    lines = []
    for edge in _EDGES:
        value = getattr(ctx.rule.attr, edge, None)
        for dependency in value if type(value) == "list" else [value]:
            if type(dependency) == "Target" and _ReachedInfo in dependency:
                reached.append(dependency[_ReachedInfo].labels)
                edges.append(dependency[_ReachedInfo].edges)
                if _is_ours(target.label) and _is_ours(dependency.label):
                    lines.append("{} {}".format(target.label, dependency.label))
    return [_ReachedInfo(
        labels = depset([str(target.label)], transitive = reached),
        edges = depset(lines, transitive = edges),
    )]

_collect = aspect(implementation = _collect_impl, attr_aspects = _EDGES)

def _write(ctx, lines):
    output = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(output, "\n".join(sorted(lines)) + "\n")
    return [DefaultInfo(files = depset([output]))]

reached_labels = rule(
    implementation = lambda ctx: _write(ctx, ctx.attr.target[_ReachedInfo].labels.to_list()),
    doc = "A text file with the labels that `target` reaches, itself included, one a line.",
    attrs = {"target": attr.label(aspects = [_collect], mandatory = True)},
)

reached_edges = rule(
    implementation = lambda ctx: _write(ctx, depset(transitive = [
        target[_ReachedInfo].edges
        for target in ctx.attr.targets
    ]).to_list()),
    doc = "A text file with the dependencies among our own targets on the way from `targets`.",
    attrs = {"targets": attr.label_list(aspects = [_collect], mandatory = True)},
)
