#include "jobs.h"

#include "../core/job_threads.h"
#include "../core/wait.h"

namespace toolken {

std::shared_ptr<Jobs> Jobs::create(Napi::Env env) {
    auto jobs = std::make_shared<Jobs>();
    jobs->env_ = env;
    const napi_value name = Napi::String::New(env, "toolken");
    napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                                         jobs.get(), run_next, &jobs->wake_);
    if (status == napi_ok) {
        // Only jobs keep the event loop alive.
        status = napi_unref_threadsafe_function(env, jobs->wake_);
    }
    // Hooks run in reverse order: this one before that of the function, which must not be called after it.
    auto hook = std::make_unique<std::shared_ptr<Jobs>>(jobs);
    const auto on_end = [](void * raw) {
        const std::unique_ptr<std::shared_ptr<Jobs>> own(static_cast<std::shared_ptr<Jobs> *>(raw));
        (*own)->close();
    };
    if (status == napi_ok) {
        status = napi_add_env_cleanup_hook(env, on_end, hook.get());
    }
    if (status != napi_ok) {
        throw Napi::Error::New(env);
    }
    hook.release(); // the hook's own
    return jobs;
}

Jobs::Id Jobs::begin(const CancelFlagPtr & cancel, std::function<void()> work, std::shared_ptr<void> kept,
                     bool read) {
    const Id id = next_++;
    jobs_[id] = {cancel, std::move(kept)};
    if (jobs_.size() == 1) {
        napi_ref_threadsafe_function(env_, wake_);
    }
    if (read) {
        const std::lock_guard lock(mutex_);
        ++reading_;
    }
    const auto has_read = [self = shared_from_this()] {
        const std::lock_guard lock(self->mutex_);
        --self->reading_;
        self->read_to_end_.notify_all();
    };
    try {
        run_job(cancel, [work = std::move(work), has_read, read] {
            work();
            if (read) {
                has_read();
            }
        });
    } catch (...) {
        if (read) {
            has_read();
        }
        end(id);
        throw;
    }
    return id;
}

void Jobs::end(Id id) {
    jobs_.erase(id);
    if (jobs_.empty()) {
        napi_unref_threadsafe_function(env_, wake_);
    }
}

Jobs::Id Jobs::add_function(const Napi::Function & function) {
    const Id id = next_++;
    functions_[id] = Napi::Persistent(function);
    return id;
}

Napi::FunctionReference * Jobs::function(Id id) {
    const auto found = functions_.find(id);
    return found == functions_.end() ? nullptr : &found->second;
}

void Jobs::remove_function(Id id) {
    functions_.erase(id);
}

void Jobs::post(Call call) {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
        calls_.push_back(std::move(call));
        napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
    }
}

// One call per wake-up: an exception of JavaScript's ends this one alone.
void Jobs::run_next(napi_env env, napi_value, void * raw, void *) {
    if (env == nullptr) {
        return; // the environment ends
    }
    const auto self = static_cast<Jobs *>(raw)->shared_from_this();
    Call call;
    {
        const std::lock_guard lock(self->mutex_);
        if (self->closed_ || self->calls_.empty()) {
            return;
        }
        call = std::move(self->calls_.front());
        self->calls_.pop_front();
    }
    try {
        call(Napi::Env(env));
    } catch (const Napi::Error & error) {
        error.ThrowAsJavaScriptException();
    }
}

void Jobs::close() {
    for (const auto & [id, job] : jobs_) {
        job.cancel->cancel();
    }
    std::deque<Call> dropped;
    {
        std::unique_lock lock(mutex_);
        closed_ = true;
        dropped.swap(calls_);
        wait(read_to_end_, lock, [this] { return reading_ == 0; });
    }
    if (jobs_run()) {
        // They may outlive this environment, and what they use is younger than the first guard.
        guard_exit();
    }
    jobs_.clear();
    functions_.clear();
}

} // namespace toolken
