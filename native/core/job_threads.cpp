#include "job_threads.h"
#include "wait.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#ifndef _WIN32
#include <dlfcn.h>
#include <pthread.h>
#endif

namespace toolken {

namespace {

constexpr size_t MAX_THREADS = 32;
constexpr size_t JOB_STACK = 8 * 1024 * 1024; // macOS gives a thread half a megabyte by default
// How long a process that exits waits for its jobs to notice.
constexpr std::chrono::milliseconds EXIT_GRACE{50};

Error no_thread() {
    return {"RESOURCE_EXHAUSTED", "Expected the system to start a thread but it has no more to give"};
}

#ifdef _WIN32

// MSVC's std::regex bounds its recursion itself: the size of the stack does not matter.
void start_thread(size_t, std::function<void()> function, bool detached) {
    std::thread thread(std::move(function));
    if (detached) {
        thread.detach();
    } else {
        thread.join();
    }
}

#else

// Throws std::system_error. Runs the function on a stack of at least this many bytes; waits unless detached.
void start_thread(size_t stack_bytes, std::function<void()> function, bool detached) {
    constexpr size_t PAGE = 64 * 1024;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    auto given = std::make_unique<std::function<void()>>(std::move(function));
    const auto run = [](void * raw) -> void * {
        const std::unique_ptr<std::function<void()>> own(static_cast<std::function<void()> *>(raw));
        (*own)();
        return nullptr;
    };
    pthread_t thread{};
    int failed = pthread_attr_setstacksize(&attributes, (stack_bytes + PAGE - 1) / PAGE * PAGE);
    failed = failed != 0 ? failed : pthread_create(&thread, &attributes, run, given.get());
    pthread_attr_destroy(&attributes);
    if (failed != 0) {
        throw std::system_error(failed, std::generic_category());
    }
    given.release(); // the thread's own
    if (detached) {
        pthread_detach(thread);
    } else {
        pthread_join(thread, nullptr);
    }
}

#endif

// Never destroyed: detached threads may look at it until the very end of the process.
class JobThreads {
  public:
    static JobThreads & instance() {
        static auto * threads = new JobThreads();
        return *threads;
    }

    void run(CancelFlagPtr cancel, std::function<void()> job) {
        std::unique_lock lock(mutex_);
        queue_.push_back({std::move(cancel), std::move(job)});
        if (exiting_) {
            queue_.back().cancel->cancel();
        }
        if (idle_ >= queue_.size() || threads_ >= MAX_THREADS) {
            lock.unlock();
            wanted_.notify_one();
            return;
        }
        try {
            start_thread(
                JOB_STACK, [this] { work(); }, true);
            ++threads_;
        } catch (const std::system_error &) {
            // The threads that exist take it when they are free.
            if (threads_ == 0) {
                queue_.pop_back();
                throw no_thread();
            }
        }
    }

    bool run_any() {
        const std::lock_guard lock(mutex_);
        return !running_.empty() || !queue_.empty();
    }

    void set_exit_code(int code) {
        const std::lock_guard lock(mutex_);
        exit_code_ = code;
    }

    void cancel_all() {
        const std::lock_guard lock(mutex_);
        exiting_ = true;
        for (const auto & cancel : running_) {
            cancel->cancel();
        }
        for (const auto & job : queue_) {
            job.cancel->cancel();
        }
    }

    void leave() {
        std::unique_lock lock(mutex_);
        const auto all_ended = [this] { return running_.empty() && queue_.empty(); };
        if (exit_code_ && !ended_.wait_for(lock, EXIT_GRACE, all_ended)) {
            std::fflush(nullptr);
            std::_Exit(*exit_code_);
        }
        wait(ended_, lock, all_ended);
    }

    void wait_a_moment() {
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, EXIT_GRACE, [this] { return running_.empty() && queue_.empty(); });
    }

  private:
    struct Job {
        CancelFlagPtr cancel;
        std::function<void()> run;
    };

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            ++idle_;
            wait(wanted_, lock, [this] { return !queue_.empty(); });
            --idle_;
            {
                Job job = std::move(queue_.front());
                queue_.pop_front();
                const auto entry = running_.insert(job.cancel);
                lock.unlock();
                job.run();
                job.run = nullptr; // what it holds goes before the job counts as ended
                lock.lock();
                running_.erase(entry);
            }
            ended_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::condition_variable ended_;
    std::deque<Job> queue_;
    std::multiset<CancelFlagPtr> running_;
    size_t threads_ = 0;
    size_t idle_ = 0;
    bool exiting_ = false;
    std::optional<int> exit_code_;
};

#ifdef __GLIBC__
void leave(int code, void *) {
    JobThreads::instance().set_exit_code(code);
    JobThreads::instance().cancel_all();
    JobThreads::instance().leave();
}
#elif !defined(_WIN32)
void leave() {
    JobThreads::instance().cancel_all();
    JobThreads::instance().leave();
}
#endif

} // namespace

void run_job(CancelFlagPtr cancel, std::function<void()> job) {
    JobThreads::instance().run(std::move(cancel), std::move(job));
}

void run_on_stack(size_t bytes, const std::function<void()> & function) {
    std::exception_ptr thrown;
    const auto run = [&] {
        try {
            function();
        } catch (...) {
            thrown = std::current_exception();
        }
    };
    try {
        start_thread(bytes, run, false);
    } catch (const std::system_error &) {
        throw no_thread();
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

void keep_library() {
#ifndef _WIN32
    Dl_info self{};
    if (dladdr(reinterpret_cast<void *>(&keep_library), &self) != 0) {
        dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE);
    }
#endif
}

void guard_exit() {
#if defined(__GLIBC__)
    on_exit(leave, nullptr);
#elif !defined(_WIN32) // where threads are gone by then
    std::atexit(leave);
#endif
}

bool jobs_run() {
    return JobThreads::instance().run_any();
}

void announce_exit(int code) {
    JobThreads::instance().set_exit_code(code);
    JobThreads::instance().cancel_all();
    JobThreads::instance().wait_a_moment();
    guard_exit();
}

void exit_with_jobs(int code) {
    JobThreads::instance().set_exit_code(code);
    JobThreads::instance().cancel_all();
    JobThreads::instance().leave();
}

} // namespace toolken
