#include "model_binding.h"

#include "addon_state.h"
#include "arrays.h"
#include "cancel_binding.h"
#include "promise_worker.h"

namespace toolken {

Napi::Function ModelBinding::define(Napi::Env env) {
    return DefineClass(
        env, "Model",
        {InstanceMethod("facts", &ModelBinding::facts), InstanceMethod("tokenize", &ModelBinding::tokenize),
         InstanceMethod("tokenizeAsync", &ModelBinding::tokenize_async),
         InstanceMethod("piece", &ModelBinding::piece), InstanceMethod("pieces", &ModelBinding::pieces),
         InstanceMethod("flags", &ModelBinding::flags),
         InstanceMethod("applyChatTemplate", &ModelBinding::chat),
         InstanceMethod("dispose", &ModelBinding::dispose)});
}

ModelBinding::ModelBinding(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ModelBinding>(info) {
    if (info.Length() != 1 || !info[0].IsExternal()) {
        throw to_js(info.Env(), "INVALID_ARGUMENT", "Expected loadModel() to create a model");
    }
    tag<ModelBinding>(info);
    model_ = *info[0].As<Napi::External<ModelPtr>>().Data();
}

ModelPtr ModelBinding::from(const Napi::Value & value) {
    auto model = unwrap<ModelBinding>(value).model_;
    if (!model) {
        throw Error("DISPOSED", "Expected a model in use but it was disposed");
    }
    return model;
}

const Model & ModelBinding::get() const {
    if (!model_) {
        throw Error("DISPOSED", "Expected a model in use but it was disposed");
    }
    return *model_;
}

Napi::Value ModelBinding::load(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto given = to_object(info[0], "options");
        ModelOptions options;
        options.path = given.Get("path").ToString().Utf8Value();
        options.gpu = given.Get("gpu").ToString().Utf8Value();
        options.gpu_layers = to_int(given, "gpuLayers", -1);
        options.use_mmap = to_bool(given, "useMmap", true);
        const auto cancel = CancelBinding::from(info[1]);
        auto progress = std::make_shared<ProgressFunction>(info.Env(), info[2]);
        return PromiseWorker<ModelPtr>::run(
            info.Env(),
            [options, cancel, progress] {
                return Model::load(options, cancel, [progress](float fraction) { (*progress)(fraction); });
            },
            [](Napi::Env env, ModelPtr & model) -> Napi::Value {
                return env.GetInstanceData<AddonState>()->model.New(
                    {Napi::External<ModelPtr>::New(env, &model)});
            },
            {cancel, progress, nullptr});
    });
}

Napi::Value ModelBinding::facts(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto env = info.Env();
        const auto & facts = get().facts();
        auto object = Napi::Object::New(env);
        const auto token = [&](llama_token id) -> Napi::Value {
            return id == LLAMA_TOKEN_NULL ? env.Null() : Napi::Number::New(env, id);
        };
        object.Set("architecture", facts.architecture);
        object.Set("name", facts.name);
        object.Set("quantization", facts.quantization);
        object.Set("chatTemplate", facts.chat_template
                                       ? Napi::Value(Napi::String::New(env, *facts.chat_template))
                                       : Napi::Value(env.Null()));
        object.Set("backend", facts.backend);
        object.Set("embeddingLength", facts.n_embd);
        object.Set("vocabularySize", facts.n_vocab);
        object.Set("layers", facts.n_layer);
        object.Set("gpuLayers", facts.gpu_layers);
        object.Set("trainedContext", facts.n_ctx_train);
        object.Set("parameters", static_cast<double>(facts.n_params));
        object.Set("size", static_cast<double>(facts.size));
        object.Set("bos", token(facts.bos));
        object.Set("eos", token(facts.eos));
        object.Set("eot", token(facts.eot));
        object.Set("addsBos", facts.adds_bos);
        object.Set("addsEos", facts.adds_eos);
        auto metadata = Napi::Object::New(env);
        for (const auto & [key, value] : facts.metadata) {
            metadata.Set(key, value);
        }
        object.Set("metadata", metadata);
        return object;
    });
}

Napi::Value ModelBinding::tokenize(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto text = info[0].ToString().Utf8Value();
        return to_typed_array<int32_t>(
            info.Env(), get().tokenize(text, info[1].ToBoolean().Value(), info[2].ToBoolean().Value()));
    });
}

// tokenizeAsync(text, addSpecial, parseSpecial): Promise<Int32Array>
Napi::Value ModelBinding::tokenize_async(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto model = from(info.This());
        auto text = std::make_shared<std::string>(info[0].ToString().Utf8Value());
        const bool add_special = info[1].ToBoolean().Value();
        const bool parse_special = info[2].ToBoolean().Value();
        return PromiseWorker<std::vector<int32_t>>::run(
            info.Env(), [=] { return model->tokenize(*text, add_special, parse_special); },
            [](Napi::Env env, std::vector<int32_t> & tokens) { return to_typed_array(env, tokens); });
    });
}

Napi::Value ModelBinding::piece(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto bytes = get().piece(info[0].ToNumber().Int32Value(), info[1].ToBoolean().Value());
        return to_typed_array<uint8_t>(info.Env(), {bytes.begin(), bytes.end()});
    });
}

// The bytes of all tokens, one after the other, and V + 1 offsets into them.
Napi::Value ModelBinding::pieces(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto & table = get().token_table();
        auto object = Napi::Object::New(info.Env());
        object.Set("bytes", to_typed_array(info.Env(), table.bytes));
        object.Set("offsets", to_typed_array(info.Env(), table.offsets));
        return object;
    });
}

// Per token: 1 = ends generation, 2 = control.
Napi::Value ModelBinding::flags(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] { return to_typed_array(info.Env(), get().token_table().flags); });
}

Napi::Value ModelBinding::chat(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto given = info[0].As<Napi::Array>();
        std::vector<std::pair<std::string, std::string>> messages;
        for (uint32_t i = 0; i < given.Length(); ++i) {
            const auto message = given.Get(i).As<Napi::Object>();
            messages.emplace_back(message.Get("role").ToString().Utf8Value(),
                                  message.Get("content").ToString().Utf8Value());
        }
        return Napi::String::New(info.Env(),
                                 get().apply_chat_template(messages, info[1].ToBoolean().Value()));
    });
}

// dispose(): Promise<void>, after the memory is free.
Napi::Value ModelBinding::dispose(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] { return dispose_off_thread(info.Env(), std::move(model_)); });
}

} // namespace toolken
