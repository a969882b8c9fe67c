#include "threads.h"

#include "error.h"

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "wait.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

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

// ggml aborts the process when it can't start a thread, so as many are started here first, all at once.
void check_threads(int n_threads) {
    std::mutex mutex;
    std::condition_variable released;
    bool is_released = false;
    std::vector<std::thread> threads;
    bool failed = false;
    try {
        for (int i = 1; i < n_threads; ++i) {
            threads.emplace_back([&] {
                std::unique_lock lock(mutex);
                wait(released, lock, [&] { return is_released; });
            });
        }
    } catch (const std::system_error &) {
        failed = true;
    }
    {
        const std::lock_guard lock(mutex);
        is_released = true;
    }
    released.notify_all();
    for (auto & thread : threads) {
        thread.join();
    }
    if (failed) {
        throw Error("RESOURCE_EXHAUSTED", "Expected the system to start " + std::to_string(n_threads) +
                                              " threads but it has no more to give");
    }
}

} // namespace

ThreadPool::ThreadPool(int n_threads) {
    if (auto create = cpu_function<decltype(&ggml_threadpool_new)>("ggml_threadpool_new")) {
        check_threads(n_threads);
        auto params = ggml_threadpool_params_default(n_threads);
        // Between two decodes the pool's threads sleep. One that spins instead holds a core which tools,
        // other contexts and, at every token, Node's own thread want: on two cores even the shortest spin
        // cost up to a millisecond per token.
        params.poll = 0;
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
