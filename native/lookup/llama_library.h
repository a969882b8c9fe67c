// llama.cpp's libraries, opened at run time: their file names carry llama.cpp's version, and one binary
// serves every version with the same C interface. Every llama_* and ggml_* function jumps through a table
// filled here.
#pragma once

#include <string>
#include <vector>

namespace toolken {

// Opens the libraries (UTF-8 paths of ggml-base, ggml, llama, in this order) and fills the table. Once per
// process: a later call with the same libraries does nothing. Throws BINARY_INCOMPATIBLE when a library does
// not load, lacks a function, belongs to another version than ggml-base in this process, or others are
// already open. Defined in binaries that are not linked with the libraries (TOOLKEN_LLAMA_LOOKUP).
void llama_library_open(const std::vector<std::string> & paths);

} // namespace toolken
