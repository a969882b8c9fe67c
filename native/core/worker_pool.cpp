#include "worker_pool.h"

namespace toolken {

WorkerPool::WorkerPool(int threads) {
    threads_.reserve(static_cast<std::size_t>(threads > 1 ? threads - 1 : 0));
    for (int worker = 1; worker < threads; ++worker) {
        try {
            threads_.emplace_back([this, worker] { work(worker); });
        } catch (const std::exception &) {
            break; // fewer threads give the same result, later
        }
    }
}

WorkerPool::~WorkerPool() {
    stop_ = true;
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
    for (auto & thread : threads_)
        thread.join();
}

void WorkerPool::run(std::size_t count, const std::function<void(std::size_t, int)> & task) {
    task_ = &task;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    const bool alone = count <= 1 || threads_.empty();
    if (!alone) {
        busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
    }
    drain(0);
    if (alone)
        return;
    for (int busy = busy_.load(std::memory_order_acquire); busy != 0;
         busy = busy_.load(std::memory_order_acquire))
        busy_.wait(busy, std::memory_order_acquire);
}

void WorkerPool::work(int worker) {
    unsigned seen = 0;
    for (;;) {
        round_.wait(seen, std::memory_order_acquire);
        seen = round_.load(std::memory_order_acquire);
        if (stop_)
            return;
        drain(worker);
        if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            busy_.notify_one();
    }
}

void WorkerPool::drain(int worker) {
    for (;;) {
        const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed);
        if (index >= count_)
            return;
        (*task_)(index, worker);
    }
}

} // namespace toolken
