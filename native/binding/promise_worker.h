// The one way in which work leaves the main thread: compute off-thread, convert on it, settle a promise.
#pragma once

#include "addon_state.h"
#include "guard.h"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace toolken {

// Calls a JavaScript function from any thread; does nothing without one.
class ProgressFunction {
  public:
    // On the environment's thread.
    ProgressFunction(Napi::Env env, const Napi::Value & function)
        : jobs_(env.GetInstanceData<AddonState>()->jobs),
          id_(function.IsFunction() ? jobs_->add_function(function.As<Napi::Function>()) : 0) {}

    template <typename... Numbers> void operator()(Numbers... numbers) const {
        if (id_ != 0) {
            jobs_->post([jobs = jobs_, id = id_, numbers...](Napi::Env env) {
                if (auto * function = jobs->function(id)) {
                    function->Call({Napi::Number::New(env, static_cast<double>(numbers))...});
                }
            });
        }
    }

    // On the environment's thread.
    void remove() const { jobs_->remove_function(id_); }

  private:
    std::shared_ptr<Jobs> jobs_;
    Jobs::Id id_;
};

template <typename Result> class PromiseWorker {
  public:
    using Compute = std::function<Result()>;
    using Convert = std::function<Napi::Value(Napi::Env, Result &)>;

    struct Options {
        CancelFlagPtr cancel = std::make_shared<CancelFlag>();
        std::shared_ptr<ProgressFunction> progress = nullptr;
        // JavaScript's memory that `compute` reads: kept until the job is over.
        std::shared_ptr<void> read = nullptr;
    };

    // compute runs off-thread and must not touch JavaScript; convert runs on the environment's thread. The
    // promise settles after all calls of `progress`. Throws RESOURCE_EXHAUSTED.
    static Napi::Promise run(Napi::Env env, Compute compute, Convert convert, Options options = {}) {
        const auto deferred = Napi::Promise::Deferred::New(env);
        const auto jobs = env.GetInstanceData<AddonState>()->jobs;
        const auto id = std::make_shared<Jobs::Id>();
        const auto settle = [jobs, id, deferred, convert = std::move(convert),
                             progress = options.progress](Napi::Env at, std::optional<Result> & result,
                                                          const std::exception_ptr & failure) {
            jobs->end(*id);
            if (progress) {
                progress->remove();
            }
            try {
                deferred.Resolve(guard(at, [&] {
                    if (failure) {
                        std::rethrow_exception(failure);
                    }
                    return convert(at, *result);
                }));
            } catch (const Napi::Error & error) {
                deferred.Reject(error.Value());
            }
        };
        auto work = [jobs, compute = std::move(compute), settle = std::move(settle)] {
            auto result = std::make_shared<std::optional<Result>>();
            std::exception_ptr failure;
            try {
                result->emplace(compute());
            } catch (...) {
                failure = std::current_exception();
            }
            jobs->post([settle, result, failure](Napi::Env at) { settle(at, *result, failure); });
        };
        const bool reads = options.read != nullptr;
        *id = jobs->begin(options.cancel, std::move(work), std::move(options.read), reads);
        return deferred.Promise();
    }
};

// Gives up a share of a native object; its destructor may take long and runs off-thread. Promise<void>.
template <typename Object> Napi::Value dispose_off_thread(Napi::Env env, std::shared_ptr<Object> object) {
    auto share = std::make_shared<std::shared_ptr<Object>>(std::move(object));
    return PromiseWorker<bool>::run(
        env,
        [share] {
            share->reset();
            return true;
        },
        [](Napi::Env at, bool &) { return at.Undefined(); });
}

} // namespace toolken
