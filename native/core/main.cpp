// toolken-core: the core without Node, for machines with a GPU and for profilers. It compares decoding with
// the head in the graph against llama.cpp's own greedy loop, and prints a JSON line per case.
//
//   toolken-core MODEL.gguf [--backends DIR]… [--gpu auto|cuda|vulkan|metal|cpu] [--gpu-layers N] [--threads
//   N]
//                [--tokens N] [--repeat N] [--tools 13,1000,10000] [--type f32|f16|bf16|q8_0] [--sequences
//                1,2,4]

#include "backend.h"
#include "context.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace toolken;

struct Arguments {
    std::string model;
    std::vector<std::string> backends;
    std::string gpu = "auto";
    std::string type = "f32";
    int gpu_layers = -1;
    int threads = 0;
    int tokens = 64;
    int repeat = 3;
    std::vector<int> tools = {13, 1000, 10000};
    std::vector<int> sequences = {1};
};

std::vector<int> to_ints(const std::string & list) {
    std::vector<int> numbers;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) {
        numbers.push_back(std::stoi(part));
    }
    return numbers;
}

Arguments read_arguments(int argc, char ** argv) {
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name.rfind("--", 0) != 0) {
            arguments.model = name;
            continue;
        }
        if (i + 1 == argc) {
            throw Error("USAGE", "Expected a value for " + name);
        }
        const std::string value = argv[++i];
        if (name == "--backends") {
            arguments.backends.push_back(value);
        } else if (name == "--gpu") {
            arguments.gpu = value;
        } else if (name == "--type") {
            arguments.type = value;
        } else if (name == "--gpu-layers") {
            arguments.gpu_layers = std::stoi(value);
        } else if (name == "--threads") {
            arguments.threads = std::stoi(value);
        } else if (name == "--tokens") {
            arguments.tokens = std::stoi(value);
        } else if (name == "--repeat") {
            arguments.repeat = std::stoi(value);
        } else if (name == "--tools") {
            arguments.tools = to_ints(value);
        } else if (name == "--sequences") {
            arguments.sequences = to_ints(value);
        } else {
            throw Error("USAGE", "Expected a known option but received " + name);
        }
    }
    if (arguments.model.empty()) {
        throw Error("USAGE", "Expected the path of a GGUF model");
    }
    return arguments;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Random rows whose logits stay below every token's: the text is the plain model's.
HeadPtr random_head(int dimension, int tools, const std::string & type) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-0.01F, 0.01F);
    std::vector<float> weights(static_cast<size_t>(tools) * static_cast<size_t>(dimension));
    std::generate(weights.begin(), weights.end(), [&] { return uniform(random); });
    auto head = std::make_shared<Head>(dimension, tools, type);
    head->set_rows(weights.data(), tools);
    return head;
}

// Greedy decoding of `sequences` copies of a prompt; returns tokens per second over all of them.
double measure(const ModelPtr & model, const Arguments & arguments, int tools, int sequences) {
    ContextOptions options;
    options.n_ctx = (arguments.tokens + 64) * sequences;
    options.n_batch = 64 * sequences;
    options.n_sequences = sequences;
    options.n_threads = arguments.threads;
    Context context(model, options);
    const auto cancel = std::make_shared<CancelFlag>();
    if (tools > 0) {
        const auto head = random_head(model->facts().n_embd, tools, arguments.type);
        std::vector<llama_seq_id> all;
        for (int s = 0; s < sequences; ++s) {
            all.push_back(s);
        }
        if (!context.attach_head(head, all, 64, 8, true)) {
            throw Error("BACKEND_UNAVAILABLE", "Expected the device to take the head into its graph");
        }
        for (const auto s : all) {
            context.set_bias(s, std::vector<float>(static_cast<size_t>(tools), -50.0F));
        }
    }
    const auto prompt = model->tokenize("The capital of France is", model->facts().adds_bos, false);
    std::vector<llama_token> next;
    std::vector<llama_pos> position;
    for (int s = 0; s < sequences; ++s) {
        Batch batch;
        for (size_t i = 0; i < prompt.size(); ++i) {
            batch.tokens.push_back(prompt[i]);
            batch.positions.push_back(static_cast<llama_pos>(i));
            batch.sequences.push_back(s);
        }
        OutputRequest request;
        request.index = static_cast<int>(prompt.size()) - 1;
        request.top = 64;
        next.push_back(context.decode(batch, {request}, cancel)[0].candidates.ids[0]);
        position.push_back(static_cast<llama_pos>(prompt.size()));
    }
    const auto start = std::chrono::steady_clock::now();
    for (int n = 0; n < arguments.tokens; ++n) {
        Batch batch;
        std::vector<OutputRequest> requests;
        for (int s = 0; s < sequences; ++s) {
            const auto at = static_cast<size_t>(s);
            batch.tokens.push_back(next[at]);
            batch.positions.push_back(position[at]++);
            batch.sequences.push_back(s);
            OutputRequest request;
            request.index = s;
            request.top = 64;
            requests.push_back(request);
        }
        const auto outputs = context.decode(batch, requests, cancel);
        for (int s = 0; s < sequences; ++s) {
            next[static_cast<size_t>(s)] = outputs[static_cast<size_t>(s)].candidates.ids[0];
        }
    }
    return arguments.tokens * sequences / seconds_since(start);
}

// llama.cpp's own loop with its greedy sampler on the host; what everything else is compared with.
double measure_llama(const ModelPtr & model, const Arguments & arguments) {
    llama_context_params params = llama_context_default_params();
    params.n_ctx = static_cast<uint32_t>(arguments.tokens + 64);
    params.n_batch = 64;
    params.n_threads = arguments.threads > 0 ? arguments.threads : backend_physical_cores();
    params.n_threads_batch = params.n_threads;
    params.no_perf = true;
    const std::unique_ptr<llama_context, void (*)(llama_context *)> context(
        llama_init_from_model(model->get(), params), [](llama_context * c) { llama_free(c); });
    const ThreadPool threads(params.n_threads);
    threads.attach(context.get());
    const std::unique_ptr<llama_sampler, void (*)(llama_sampler *)> sampler(
        llama_sampler_init_greedy(), [](llama_sampler * s) { llama_sampler_free(s); });
    auto prompt = model->tokenize("The capital of France is", model->facts().adds_bos, false);
    llama_decode(context.get(), llama_batch_get_one(prompt.data(), static_cast<int32_t>(prompt.size())));
    llama_token next = llama_sampler_sample(sampler.get(), context.get(), -1);
    const auto start = std::chrono::steady_clock::now();
    for (int n = 0; n < arguments.tokens; ++n) {
        llama_decode(context.get(), llama_batch_get_one(&next, 1));
        next = llama_sampler_sample(sampler.get(), context.get(), -1);
    }
    const double rate = arguments.tokens / seconds_since(start);
    llama_detach_threadpool(context.get());
    return rate;
}

int run(const Arguments & arguments) {
    backend_load(arguments.backends);
    ModelOptions options;
    options.path = arguments.model;
    options.gpu = arguments.gpu;
    options.gpu_layers = arguments.gpu_layers;
    const auto model = Model::load(options, std::make_shared<CancelFlag>(), {});
    std::fprintf(stderr, "%s on %s, d = %d, V = %d\n", model->facts().name.c_str(),
                 model->facts().backend.c_str(), model->facts().n_embd, model->facts().n_vocab);
    for (int repetition = 0; repetition < arguments.repeat; ++repetition) {
        const double llama = measure_llama(model, arguments);
        std::printf("{\"case\":\"llama.cpp\",\"repetition\":%d,\"tokensPerSecond\":%.2f}\n", repetition,
                    llama);
        for (const int sequences : arguments.sequences) {
            std::vector<int> cases = {0};
            cases.insert(cases.end(), arguments.tools.begin(), arguments.tools.end());
            for (const int tools : cases) {
                std::printf("{\"case\":\"head\",\"tools\":%d,\"sequences\":%d,\"repetition\":%d,"
                            "\"tokensPerSecond\":%.2f}\n",
                            tools, sequences, repetition, measure(model, arguments, tools, sequences));
                std::fflush(stdout);
            }
        }
    }
    return 0;
}

} // namespace

int main(int argc, char ** argv) {
    try {
        return run(read_arguments(argc, argv));
    } catch (const Error & error) {
        std::cerr << error.what() << "\n";
        return error.code() == "USAGE" ? 2 : 1;
    } catch (const std::exception & error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
