// The jobs of one JavaScript environment (main thread or worker): computed on threads of our own, settled on
// the environment's thread. When the environment ends, its jobs are cancelled and nothing of them reaches it
// any more.
#pragma once

#include "../core/cancel.h"

#include <napi.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace toolken {

class Jobs : public std::enable_shared_from_this<Jobs> {
  public:
    using Id = uint64_t;
    using Call = std::function<void(Napi::Env)>;

    // On the environment's thread; closes itself when the environment ends.
    static std::shared_ptr<Jobs> create(Napi::Env env);

    // ---- on the environment's thread ----

    // Starts `work` on another thread; it must not throw nor touch JavaScript. `kept` lives until the job has
    // ended. When JavaScript's memory is `read` by the work, the environment waits for it before it ends.
    // Throws RESOURCE_EXHAUSTED.
    Id begin(const CancelFlagPtr & cancel, std::function<void()> work, std::shared_ptr<void> kept, bool read);
    void end(Id id);
    // A JavaScript function that other threads may call through `post`.
    Id add_function(const Napi::Function & function);
    Napi::FunctionReference * function(Id id);
    void remove_function(Id id);

    // ---- on any thread ----

    // Runs a call on the environment's thread, in order; drops it once the environment has ended.
    void post(Call call);

  private:
    struct Job {
        CancelFlagPtr cancel;
        std::shared_ptr<void> kept;
    };

    static void run_next(napi_env env, napi_value function, void * jobs, void * data);
    void close();

    napi_env env_ = nullptr;
    std::map<Id, Job> jobs_;
    std::map<Id, Napi::FunctionReference> functions_;
    Id next_ = 1;

    std::mutex mutex_; // of what follows
    std::condition_variable read_to_end_;
    napi_threadsafe_function wake_ = nullptr;
    std::deque<Call> calls_;
    size_t reading_ = 0;
    bool closed_ = false;
};

} // namespace toolken
