// Another quantization of a model's file, by llama.cpp's own tool.
#pragma once

#include <string>

namespace toolken {

struct QuantizeOptions {
    int file_type = 0; // llama_ftype
    int threads = 0;   // 0: the physical cores
    bool requantize = false;
};

// Blocks; llama.cpp has no way to stop it, and aborts the process on tensors that it does not expect: call it
// in a process that may die. Throws FILE_INVALID.
void quantize_file(const std::string & input, const std::string & output, const QuantizeOptions & options);

} // namespace toolken
