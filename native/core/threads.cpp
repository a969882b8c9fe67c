#include "threads.h"

#include "ggml-backend.h"
#include "ggml-cpu.h"

namespace toolken {

namespace {

// The CPU backend is one of several libraries chosen at run time: its functions are found by name.
template <typename Function> Function cpu_function(const char * name) {
    auto * device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (device == nullptr) {
        return nullptr;
    }
    return reinterpret_cast<Function>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name));
}

} // namespace

ThreadPool::ThreadPool(int n_threads) {
    if (auto create = cpu_function<decltype(&ggml_threadpool_new)>("ggml_threadpool_new")) {
        auto params = ggml_threadpool_params_default(n_threads);
        // Waiting threads spin before they sleep. ggml's default (50) spins for a tenth of a second, in which
        // tools and other contexts want the cores; the pause between two decodes is a fraction of a
        // millisecond.
        params.poll = 1;
        pool_ = create(&params);
    }
}

ThreadPool::~ThreadPool() {
    if (pool_ != nullptr) {
        cpu_function<decltype(&ggml_threadpool_free)>("ggml_threadpool_free")(pool_);
    }
}

void ThreadPool::attach(llama_context * context) const {
    if (pool_ != nullptr) {
        llama_attach_threadpool(context, pool_, pool_);
    }
}

} // namespace toolken
