#include "quantize.h"

#include "cpus.h"
#include "error.h"
#include "log_capture.h"

#include "llama.h"

namespace toolken {

void quantize_file(const std::string & input, const std::string & output, const QuantizeOptions & options) {
    LogCapture log;
    auto params = llama_model_quantize_default_params();
    params.nthread = cpus_for(options.threads);
    params.ftype = static_cast<llama_ftype>(options.file_type);
    params.allow_requantize = options.requantize;
    if (llama_model_quantize(input.c_str(), output.c_str(), &params) != 0) {
        throw Error("FILE_INVALID", "Could not quantize \"" + input + "\": " + log.reason());
    }
}

} // namespace toolken
