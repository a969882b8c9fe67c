// The addon's exports; everything behind them is in binding/ and core/.

#include "binding/addon_state.h"
#include "binding/arrays.h"
#include "binding/cancel_binding.h"
#include "binding/context_binding.h"
#include "binding/features_binding.h"
#include "binding/grammar_binding.h"
#include "binding/head_binding.h"
#include "binding/model_binding.h"
#include "binding/promise_worker.h"
#include "binding/solver_binding.h"
#include "core/backend.h"
#include "core/quantize.h"
#include "lookup/llama_library.h"

#include <napi.h>

namespace {

using namespace toolken;

#if defined(TOOLKEN_LLAMA_LOOKUP)
// open(libraries): opens llama.cpp's libraries; before anything else.
void open(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] { llama_library_open(to_strings(info[0])); });
}
#endif

Napi::Value llama_version_text(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&] { return Napi::String::New(info.Env(), backend_llama_version()); });
}

// init({ backendDirectories }): loads the backends found there; each folder once per process.
void init(const Napi::CallbackInfo & info) {
    guard(info.Env(),
          [&] { backend_load(to_strings(info[0].As<Napi::Object>().Get("backendDirectories"))); });
}

Napi::Value devices(const Napi::CallbackInfo & info) {
    const auto env = info.Env();
    auto array = Napi::Array::New(env);
    uint32_t i = 0;
    for (const auto & device : backend_devices()) {
        auto object = Napi::Object::New(env);
        object.Set("name", device.name);
        object.Set("description", device.description);
        object.Set("backend", device.backend);
        object.Set("type", device.type);
        object.Set("memoryFree", static_cast<double>(device.memory_free));
        object.Set("memoryTotal", static_cast<double>(device.memory_total));
        array.Set(i++, object);
    }
    return array;
}

// quantize(input, output, fileType, threads, requantize): blocks, for a process of its own.
void quantize(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] {
        QuantizeOptions options;
        options.file_type = info[2].As<Napi::Number>().Int32Value();
        options.threads = info[3].As<Napi::Number>().Int32Value();
        options.requantize = info[4].As<Napi::Boolean>().Value();
        quantize_file(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::String>().Utf8Value(),
                      options);
    });
}

Napi::Object exports_of(Napi::Env env, Napi::Object exports) {
    auto * state = new AddonState();
    env.SetInstanceData(state);
    const auto define = [&](const char * name, Napi::FunctionReference & reference,
                            Napi::Function constructor) {
        reference = Napi::Persistent(constructor);
        exports.Set(name, constructor);
    };
    define("Cancel", state->cancel, CancelBinding::define(env));
    define("Model", state->model, ModelBinding::define(env));
    define("Head", state->head, HeadBinding::define(env));
    define("Grammar", state->grammar, GrammarBinding::define(env));
    define("Context", state->context, ContextBinding::define(env));
#if defined(TOOLKEN_LLAMA_LOOKUP)
    exports.Set("open", Napi::Function::New(env, open));
#endif
    exports.Set("init", Napi::Function::New(env, init));
    exports.Set("devices", Napi::Function::New(env, devices));
    exports.Set("loadModel", Napi::Function::New(env, ModelBinding::load));
    exports.Set("createContext", Napi::Function::New(env, ContextBinding::create));
    exports.Set("extractFeatures", Napi::Function::New(env, extract_features));
    exports.Set("solve", Napi::Function::New(env, solve));
    exports.Set("quantize", Napi::Function::New(env, quantize));
    exports.DefineProperty(
        Napi::PropertyDescriptor::Accessor(env, exports, "llamaVersion", llama_version_text));
    exports.Set("physicalCores", Napi::Number::New(env, backend_physical_cores()));
    return exports;
}

} // namespace

NODE_API_MODULE(toolken, exports_of)
