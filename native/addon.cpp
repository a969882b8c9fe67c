// The addon's exports; what they call is in binding/ and core/.

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
#include "core/job_threads.h"
#include "core/log_capture.h"
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
    guard(info.Env(), [&] {
        if (backend_load(to_strings(to_object(info[0], "options").Get("backendDirectories")))) {
            guard_exit();
        }
    });
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

// quantize(input, output, fileType, threads, requantize): Promise<void>, for a process of its own.
Napi::Value quantize(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        QuantizeOptions options;
        options.file_type = info[2].ToNumber().Int32Value();
        options.threads = info[3].ToNumber().Int32Value();
        options.requantize = info[4].ToBoolean().Value();
        const auto input = info[0].ToString().Utf8Value();
        const auto output = info[1].ToString().Utf8Value();
        return PromiseWorker<bool>::run(
            info.Env(),
            [=] {
                quantize_file(input, output, options);
                return true;
            },
            [](Napi::Env env, bool &) { return env.Undefined(); });
    });
}

// tryModel(path): loads a model and makes a context of it without room for its weights, in a process that may
// die of it.
void try_model(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] { model_try(info[0].ToString().Utf8Value()); });
}

// setLog(level, listener?): llama.cpp's messages of at least this importance (LogLevel; 0: none) go to the
// listener.
void set_log(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] {
        auto & state = *info.Env().GetInstanceData<AddonState>();
        state.stop_log();
        const auto level = static_cast<LogLevel>(info[0].ToNumber().Int32Value());
        if (level == LogLevel::none || !info[1].IsFunction()) {
            return;
        }
        const auto jobs = state.jobs;
        const auto id = jobs->add_function(info[1].As<Napi::Function>());
        const auto sink = log_add_sink(level, [jobs, id](LogLevel at, const std::string & line) {
            jobs->post([jobs, id, at, line](Napi::Env env) {
                if (auto * listener = jobs->function(id)) {
                    listener->Call(
                        {Napi::Number::New(env, static_cast<int>(at)), Napi::String::New(env, line)});
                }
            });
        });
        state.stop_log = [jobs, id, sink] {
            log_remove_sink(sink);
            jobs->remove_function(id);
        };
    });
}

// announceExit(code, last?): the process is about to exit; work that runs is cancelled. Last: no JavaScript
// follows.
void exits(const Napi::CallbackInfo & info) {
    const int code = info[0].ToNumber().Int32Value();
    info[1].ToBoolean() ? exit_with_jobs(code) : announce_exit(code);
}

Napi::Object exports_of(Napi::Env env, Napi::Object exports) {
    keep_library();
    auto * state = new AddonState();
    env.SetInstanceData(state);
    state->jobs = Jobs::create(env);
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
    exports.Set("announceExit", Napi::Function::New(env, exits));
    exports.Set("setLog", Napi::Function::New(env, set_log));
    exports.Set("tryModel", Napi::Function::New(env, try_model));
    exports.Set("quantize", Napi::Function::New(env, quantize));
    exports.DefineProperty(
        Napi::PropertyDescriptor::Accessor(env, exports, "llamaVersion", llama_version_text));
    exports.Set("physicalCores", Napi::Number::New(env, backend_physical_cores()));
    return exports;
}

} // namespace

NODE_API_MODULE(toolken, exports_of)
