// A ggml thread pool that lives as long as its context: without one, every decode starts and joins its
// threads.
#pragma once

#include "llama.h"

namespace toolken {

class ThreadPool {
  public:
    explicit ThreadPool(int n_threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool &) = delete;
    ThreadPool & operator=(const ThreadPool &) = delete;

    // No effect when the CPU backend offers no pool.
    void attach(llama_context * context) const;

  private:
    ggml_threadpool * pool_ = nullptr;
};

} // namespace toolken
