// Threads that stay alive between the many short passes of a solver.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace toolken {

class WorkerPool {
  public:
    // `threads` >= 1 counts the caller, which works too. Throws std::system_error when none can be started.
    explicit WorkerPool(int threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool &) = delete;
    WorkerPool & operator=(const WorkerPool &) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    // Calls task(index, worker) once for each index < count, worker < size(); returns when all are done.
    // Which worker gets which index varies; tasks must not throw and must not call run().
    void run(std::size_t count, const std::function<void(std::size_t index, int worker)> & task);

  private:
    void work(int worker);
    void drain(int worker);

    std::vector<std::thread> threads_;
    const std::function<void(std::size_t, int)> * task_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<std::size_t> next_{0};
    std::atomic<int> busy_{0};
    std::atomic<unsigned> round_{0};
    bool stop_ = false; // written before round_ is raised, read after
};

} // namespace toolken
