"""protoc-gen-schema: from proto/ to Python dataclasses and C++ structs."""
