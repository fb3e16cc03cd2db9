"""Writes down what a target reaches in the build graph.

An aspect rather than genquery: it follows the dependencies of the configured target only, and
so needs nothing of Bazel's own tools to be loadable.
"""

_ReachedInfo = provider(fields = {"labels": "depset of the labels that a target reaches, as text"})

_EDGES = ["deps", "data", "srcs", "actual"]

def _collect_impl(target, ctx):
    reached = []
    for edge in _EDGES:
        value = getattr(ctx.rule.attr, edge, None)
        for dependency in value if type(value) == "list" else [value]:
            if type(dependency) == "Target" and _ReachedInfo in dependency:
                reached.append(dependency[_ReachedInfo].labels)
    return [_ReachedInfo(labels = depset([str(target.label)], transitive = reached))]

_collect = aspect(implementation = _collect_impl, attr_aspects = _EDGES)

def _reached_labels_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name)
    labels = ctx.attr.target[_ReachedInfo].labels
    ctx.actions.write(output, "\n".join(sorted(labels.to_list())) + "\n")
    return [DefaultInfo(files = depset([output]))]

reached_labels = rule(
    implementation = _reached_labels_impl,
    doc = "A text file with the labels that `target` reaches, itself included, one a line.",
    attrs = {"target": attr.label(aspects = [_collect], mandatory = True)},
)
