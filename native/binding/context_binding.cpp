#include "context_binding.h"

#include "addon_state.h"
#include "arrays.h"
#include "cancel_binding.h"
#include "decode_values.h"
#include "head_binding.h"
#include "model_binding.h"
#include "promise_worker.h"

namespace toolken {

namespace {

Error busy() {
    return {"INVALID_ARGUMENT", "Expected one operation at a time on a context but another one runs"};
}

} // namespace

Napi::Function ContextBinding::define(Napi::Env env) {
    return DefineClass(
        env, "Context",
        {InstanceMethod("facts", &ContextBinding::facts), InstanceMethod("decode", &ContextBinding::decode),
         InstanceMethod("isAhead", &ContextBinding::is_ahead),
         InstanceMethod("settle", &ContextBinding::settle),
         InstanceMethod("attachHead", &ContextBinding::attach_head),
         InstanceMethod("detachHead", &ContextBinding::detach_head),
         InstanceMethod("setBias", &ContextBinding::set_bias),
         InstanceMethod("rollBack", &ContextBinding::roll_back),
         InstanceMethod("sharePrefix", &ContextBinding::share_prefix),
         InstanceMethod("saveState", &ContextBinding::save_state),
         InstanceMethod("restoreState", &ContextBinding::restore_state),
         InstanceMethod("forgetState", &ContextBinding::forget_state),
         InstanceMethod("clear", &ContextBinding::clear), InstanceMethod("length", &ContextBinding::length),
         InstanceMethod("dispose", &ContextBinding::dispose)});
}

ContextBinding::ContextBinding(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ContextBinding>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
        throw to_js(info.Env(), "INVALID_ARGUMENT", "Expected createContext() to create a context");
    }
    tag<ContextBinding>(info);
    shared_ = *info[0].As<Napi::External<std::shared_ptr<Shared>>>().Data();
}

std::shared_ptr<ContextBinding::Shared> ContextBinding::get() const {
    if (!shared_) {
        throw Error("DISPOSED", "Expected a context in use but it was disposed");
    }
    return shared_;
}

template <typename Function>
void ContextBinding::locked(const Napi::CallbackInfo & info, Function && function) {
    guard(info.Env(), [&] {
        const auto shared = get();
        const std::unique_lock lock(shared->mutex, std::try_to_lock);
        if (!lock) {
            throw busy();
        }
        // Quick: whoever asks from the main thread has settled before.
        shared->ahead->settle();
        function(*shared->context);
    });
}

template <typename Result>
Napi::Value ContextBinding::promise(const Napi::CallbackInfo & info, std::function<Result(Shared &)> compute,
                                    typename PromiseWorker<Result>::Convert convert, CancelFlagPtr cancel) {
    typename PromiseWorker<Result>::Options options;
    if (cancel) {
        options.cancel = std::move(cancel);
    }
    return PromiseWorker<Result>::run(
        info.Env(),
        [shared = get(), compute = std::move(compute)] {
            const std::unique_lock lock(shared->mutex, std::try_to_lock);
            if (!lock) {
                throw busy();
            }
            return compute(*shared);
        },
        std::move(convert), std::move(options));
}

template <typename Result>
Napi::Value ContextBinding::settled_promise(const Napi::CallbackInfo & info,
                                            std::function<Result(Context &)> compute,
                                            typename PromiseWorker<Result>::Convert convert) {
    return promise<Result>(
        info,
        [compute = std::move(compute)](Shared & shared) {
            shared.ahead->settle();
            return compute(*shared.context);
        },
        std::move(convert));
}

Napi::Value ContextBinding::create(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto model = ModelBinding::from(info[0]);
        const auto given = to_object(info[1], "options");
        ContextOptions options;
        options.n_ctx = to_int(given, "contextSize", options.n_ctx);
        options.n_batch = to_int(given, "batchSize", options.n_batch);
        options.n_sequences = to_int(given, "sequences", options.n_sequences);
        options.n_outputs = to_int(given, "outputs", options.n_outputs);
        options.n_threads = to_int(given, "threads", options.n_threads);
        options.hidden_states = to_bool(given, "hiddenStates", options.hidden_states);
        options.offload_kv = to_bool(given, "offloadKv", options.offload_kv);
        options.kv_unified = to_bool(given, "kvUnified", options.kv_unified);
        options.batch_invariant = to_bool(given, "batchInvariant", options.batch_invariant);
        using SharedPtr = std::shared_ptr<Shared>;
        return PromiseWorker<SharedPtr>::run(
            info.Env(),
            [model, options] {
                auto shared = std::make_shared<Shared>();
                shared->context = std::make_unique<Context>(model, options);
                shared->ahead = std::make_unique<AheadDecoder>(*shared->context);
                return shared;
            },
            [](Napi::Env env, SharedPtr & shared) {
                return env.GetInstanceData<AddonState>()->context.New(
                    {Napi::External<SharedPtr>::New(env, &shared)});
            });
    });
}

Napi::Value ContextBinding::facts(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto & options = get()->context->options();
        auto object = Napi::Object::New(info.Env());
        object.Set("contextSize", options.n_ctx);
        object.Set("batchSize", options.n_batch);
        object.Set("sequences", options.n_sequences);
        object.Set("outputs", options.n_outputs);
        object.Set("threads", options.n_threads);
        object.Set("hiddenStates", options.hidden_states);
        return object;
    });
}

// decode(tokens, positions, sequences, requests, cancel): Promise<Output[]>
Napi::Value ContextBinding::decode(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        Batch batch{to_vector<int32_t>(info[0], "tokens"), to_vector<int32_t>(info[1], "positions"),
                    to_vector<int32_t>(info[2], "sequences")};
        auto requests = to_requests(info[3]);
        const auto cancel = CancelBinding::from(info[4]);
        return promise<std::vector<Output>>(
            info,
            [batch = std::move(batch), requests = std::move(requests), cancel](Shared & shared) {
                return shared.ahead->decode(batch, requests, cancel);
            },
            [](Napi::Env env, std::vector<Output> & outputs) { return to_js_outputs(env, outputs); }, cancel);
    });
}

Napi::Value ContextBinding::is_ahead(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] { return Napi::Boolean::New(info.Env(), get()->ahead->is_ahead()); });
}

// settle(): Promise<void>
Napi::Value ContextBinding::settle(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        return settled_promise<bool>(
            info, [](Context &) { return true; }, [](Napi::Env env, bool &) { return env.Undefined(); });
    });
}

// attachHead(head, sequences, topTokens, topTools, inGraph): Promise<boolean>
Napi::Value ContextBinding::attach_head(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        const auto head = HeadBinding::from(info[0]);
        const auto sequences = to_vector<int32_t>(info[1], "sequences");
        const int top_tokens = info[2].ToNumber().Int32Value();
        const int top_tools = info[3].ToNumber().Int32Value();
        const bool in_graph = info[4].ToBoolean().Value();
        return settled_promise<bool>(
            info,
            [=](Context & context) {
                return context.attach_head(head, sequences, top_tokens, top_tools, in_graph);
            },
            [](Napi::Env env, bool & attached) -> Napi::Value { return Napi::Boolean::New(env, attached); });
    });
}

void ContextBinding::detach_head(const Napi::CallbackInfo & info) {
    locked(info, [&](Context & context) { context.detach_head(info[0].ToNumber().Int32Value()); });
}

void ContextBinding::set_bias(const Napi::CallbackInfo & info) {
    locked(info, [&](Context & context) {
        context.set_bias(info[0].ToNumber().Int32Value(), to_vector<float>(info[1], "bias"));
    });
}

void ContextBinding::roll_back(const Napi::CallbackInfo & info) {
    locked(info, [&](Context & context) {
        context.roll_back(info[0].ToNumber().Int32Value(), info[1].ToNumber().Int32Value());
    });
}

// sharePrefix(from, to, length): Promise<void>
Napi::Value ContextBinding::share_prefix(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        const int from = info[0].ToNumber().Int32Value();
        const int to = info[1].ToNumber().Int32Value();
        const int length = info[2].ToNumber().Int32Value();
        return settled_promise<bool>(
            info,
            [=](Context & context) {
                context.share_prefix(from, to, length);
                return true;
            },
            [](Napi::Env env, bool &) { return env.Undefined(); });
    });
}

// saveState(sequence): Promise<number>
Napi::Value ContextBinding::save_state(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        const int sequence = info[0].ToNumber().Int32Value();
        return settled_promise<int>(
            info, [=](Context & context) { return context.save_state(sequence); },
            [](Napi::Env env, int & state) -> Napi::Value { return Napi::Number::New(env, state); });
    });
}

// restoreState(state, sequence): Promise<void>
Napi::Value ContextBinding::restore_state(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] {
        const int state = info[0].ToNumber().Int32Value();
        const int sequence = info[1].ToNumber().Int32Value();
        return settled_promise<bool>(
            info,
            [=](Context & context) {
                context.restore_state(state, sequence);
                return true;
            },
            [](Napi::Env env, bool &) { return env.Undefined(); });
    });
}

void ContextBinding::forget_state(const Napi::CallbackInfo & info) {
    locked(info, [&](Context & context) { context.forget_state(info[0].ToNumber().Int32Value()); });
}

void ContextBinding::clear(const Napi::CallbackInfo & info) {
    locked(info, [&](Context & context) { context.clear(); });
}

Napi::Value ContextBinding::length(const Napi::CallbackInfo & info) {
    int length = 0;
    locked(info, [&](Context & context) { length = context.length(info[0].ToNumber().Int32Value()); });
    return Napi::Number::New(info.Env(), length);
}

// dispose(): Promise<void>. A running operation keeps its own reference: the context is freed when it ends.
Napi::Value ContextBinding::dispose(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] { return dispose_off_thread(info.Env(), std::move(shared_)); });
}

} // namespace toolken
