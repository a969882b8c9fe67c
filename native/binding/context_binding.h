// JavaScript's side of a context. One operation at a time: a second one while one runs is refused.
#pragma once

#include "../core/ahead.h"
#include "../core/context.h"
#include "promise_worker.h"

#include <napi.h>

#include <mutex>

namespace toolken {

class ContextBinding : public Napi::ObjectWrap<ContextBinding> {
  public:
    static constexpr napi_type_tag TYPE_TAG = {0x4d0c6f4be3a24a11, 0x9a4c6d0f5e2b7c02};
    static constexpr const char * WHAT = "context";

    static Napi::Function define(Napi::Env env);
    // createContext(model, options): Promise<Context>
    static Napi::Value create(const Napi::CallbackInfo & info);

    explicit ContextBinding(const Napi::CallbackInfo & info);

    // A context and the lock that every operation on it holds.
    struct Shared {
        std::mutex mutex;
        std::unique_ptr<Context> context;
        std::unique_ptr<AheadDecoder> ahead; // goes before the context
    };

  private:
    Napi::Value facts(const Napi::CallbackInfo & info);
    Napi::Value decode(const Napi::CallbackInfo & info);
    Napi::Value is_ahead(const Napi::CallbackInfo & info);
    Napi::Value settle(const Napi::CallbackInfo & info);
    Napi::Value attach_head(const Napi::CallbackInfo & info);
    void detach_head(const Napi::CallbackInfo & info);
    void set_bias(const Napi::CallbackInfo & info);
    void roll_back(const Napi::CallbackInfo & info);
    Napi::Value share_prefix(const Napi::CallbackInfo & info);
    Napi::Value save_state(const Napi::CallbackInfo & info);
    Napi::Value restore_state(const Napi::CallbackInfo & info);
    void forget_state(const Napi::CallbackInfo & info);
    void clear(const Napi::CallbackInfo & info);
    Napi::Value length(const Napi::CallbackInfo & info);
    Napi::Value dispose(const Napi::CallbackInfo & info);

    std::shared_ptr<Shared> get() const;
    // A promise of what `compute` makes of the context off-thread.
    template <typename Result>
    Napi::Value promise(const Napi::CallbackInfo & info, std::function<Result(Shared &)> compute,
                        typename PromiseWorker<Result>::Convert convert, CancelFlagPtr cancel = nullptr);
    // The same, with nothing ahead any more.
    template <typename Result>
    Napi::Value settled_promise(const Napi::CallbackInfo & info, std::function<Result(Context &)> compute,
                                typename PromiseWorker<Result>::Convert convert);
    template <typename Function> void locked(const Napi::CallbackInfo & info, Function && function);

    std::shared_ptr<Shared> shared_;
};

} // namespace toolken
