// A ggml thread pool that lives as long as its context: without one, every decode starts and joins its
// threads.
#pragma once

#include "llama.h"

namespace toolken {

class ThreadPool {
  public:
    // Throws RESOURCE_EXHAUSTED.
    explicit ThreadPool(int n_threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool &) = delete;
    ThreadPool & operator=(const ThreadPool &) = delete;

    // The pool computes one graph at a time. No effect when the CPU backend offers none.
    void attach(llama_context * context) const;

  private:
    ggml_threadpool * pool_ = nullptr;
};

} // namespace toolken
