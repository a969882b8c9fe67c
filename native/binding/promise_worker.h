// The one way in which work leaves the main thread: compute off-thread, convert on it, settle a promise.
#pragma once

#include "../core/error.h"

#include <napi.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace toolken {

// A JavaScript error whose `code` is the native error's.
inline Napi::Error to_js(Napi::Env env, const std::string & code, const std::string & message) {
    auto error = Napi::Error::New(env, message);
    error.Set("code", Napi::String::New(env, code));
    return error;
}

// Runs a synchronous function; native errors become JavaScript errors with a code.
template <typename Function> auto guard(Napi::Env env, Function && function) {
    try {
        return function();
    } catch (const Napi::Error &) {
        throw;
    } catch (const Error & error) {
        throw to_js(env, error.code(), error.what());
    } catch (const std::exception & error) {
        throw to_js(env, "INTERNAL", error.what());
    }
}

// Calls a JavaScript function from any thread; does nothing without one.
class ProgressFunction {
  public:
    ProgressFunction(Napi::Env env, const Napi::Value & function) {
        if (function.IsFunction()) {
            function_ =
                Napi::ThreadSafeFunction::New(env, function.As<Napi::Function>(), "toolken progress", 0, 1);
            function_.Unref(env);
            present_ = true;
        }
    }
    ~ProgressFunction() {
        if (present_) {
            function_.Release();
        }
    }
    ProgressFunction(const ProgressFunction &) = delete;
    ProgressFunction & operator=(const ProgressFunction &) = delete;

    template <typename... Numbers> void operator()(Numbers... numbers) {
        if (present_) {
            function_.NonBlockingCall([numbers...](Napi::Env env, Napi::Function callback) {
                callback.Call({Napi::Number::New(env, static_cast<double>(numbers))...});
            });
        }
    }

    // Runs `last` on the main thread behind all calls made so far, which wait in a queue of their own:
    // whoever awaits the work has heard of all its progress. On the main thread only.
    void behind_all(Napi::Env env, std::function<void(Napi::Env)> last) {
        if (!present_) {
            last(env);
            return;
        }
        function_.Ref(env);
        function_.NonBlockingCall(
            [last = std::move(last)](Napi::Env from, Napi::Function /*callback*/) { last(from); });
    }

  private:
    Napi::ThreadSafeFunction function_;
    bool present_ = false;
};

template <typename Result> class PromiseWorker : public Napi::AsyncWorker {
  public:
    using Compute = std::function<Result()>;
    using Convert = std::function<Napi::Value(Napi::Env, Result &)>;

    // compute runs off-thread and must not touch JavaScript; convert runs on the main thread.
    // The promise settles behind what `progress` was told.
    static Napi::Promise run(Napi::Env env, Compute compute, Convert convert,
                             std::shared_ptr<ProgressFunction> progress = nullptr) {
        auto * worker = new PromiseWorker(env, std::move(compute), std::move(convert), std::move(progress));
        auto promise = worker->deferred_.Promise();
        worker->Queue();
        return promise;
    }

  private:
    PromiseWorker(Napi::Env env, Compute compute, Convert convert, std::shared_ptr<ProgressFunction> progress)
        : Napi::AsyncWorker(env, "toolken"), deferred_(env), compute_(std::move(compute)),
          convert_(std::move(convert)), progress_(std::move(progress)) {}

    void Execute() override {
        try {
            result_ = std::make_shared<Result>(compute_());
        } catch (const Error & error) {
            code_ = error.code();
            SetError(error.what());
        } catch (const std::exception & error) {
            code_ = "INTERNAL";
            SetError(error.what());
        }
    }

    void OnOK() override {
        settle([deferred = deferred_, convert = convert_, result = result_](Napi::Env env) {
            try {
                deferred.Resolve(convert(env, *result));
            } catch (const Napi::Error & error) {
                deferred.Reject(error.Value());
            } catch (const Error & error) {
                deferred.Reject(to_js(env, error.code(), error.what()).Value());
            } catch (const std::exception & error) {
                deferred.Reject(to_js(env, "INTERNAL", error.what()).Value());
            }
        });
    }

    void OnError(const Napi::Error & error) override {
        settle([deferred = deferred_, code = code_, message = error.Message()](Napi::Env env) {
            deferred.Reject(to_js(env, code, message).Value());
        });
    }

    void settle(std::function<void(Napi::Env)> how) {
        const Napi::HandleScope scope(Env());
        if (progress_) {
            progress_->behind_all(Env(), std::move(how));
        } else {
            how(Env());
        }
    }

    Napi::Promise::Deferred deferred_;
    Compute compute_;
    Convert convert_;
    std::shared_ptr<ProgressFunction> progress_;
    std::shared_ptr<Result> result_;
    std::string code_;
};

} // namespace toolken
