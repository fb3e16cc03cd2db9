"""A source file that includes one header and nothing before it: does the header stand alone?"""

def _header_alone_impl(ctx):
    source = ctx.actions.declare_file(ctx.label.name + ".cc")
    ctx.actions.write(source, "#include \"{}\"\n".format(ctx.file.header.short_path))
    return [DefaultInfo(files = depset([source]))]

header_alone = rule(
    implementation = _header_alone_impl,
    attrs = {"header": attr.label(allow_single_file = [".h"], mandatory = True)},
)
