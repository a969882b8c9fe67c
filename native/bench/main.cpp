// toolken-core: the core without Node, for machines with a GPU, for profilers and for the benchmarks. It
// reads commands from standard input, so that whoever drives it can let rivals take turns, and answers each
// with a line of JSON.
//
//   toolken-core MODEL.gguf [--backends DIR]… [--gpu auto|cuda|vulkan|metal|cpu] [--gpu-layers N]
//
//   open NAME KIND [setting=value]…   a loop; kinds and settings: loop.h
//   begin NAME                        its prompts, up to the first tokens
//   turn NAME N                       N more steps
//   close NAME
//   facts                             model, device, memory of this process

#include "core/backend.h"
#include "loop.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

using namespace toolken;

struct Arguments {
    std::string model;
    std::vector<std::string> backends;
    std::string gpu = "auto";
    int gpu_layers = -1;
};

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
        } else if (name == "--gpu-layers") {
            arguments.gpu_layers = std::stoi(value);
        } else {
            throw Error("USAGE", "Expected a known option but received " + name);
        }
    }
    if (arguments.model.empty()) {
        throw Error("USAGE", "Expected the path of a GGUF model");
    }
    return arguments;
}

std::string quoted(const std::string & text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result + "\"";
}

// Bytes that this process holds in memory, 0 where the system does not say.
uint64_t resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            uint64_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1024;
        }
    }
    return 0;
}

void print_facts(const Model & model) {
    const auto & facts = model.facts();
    std::string device;
    for (const auto & found : backend_devices()) {
        device = found.backend == facts.backend && device.empty() ? found.description : device;
    }
    std::printf(
        "{\"name\":%s,\"quantization\":%s,\"backend\":%s,\"device\":%s,\"embeddingLength\":%d,"
        "\"vocabularySize\":%d,\"layers\":%d,\"gpuLayers\":%d,\"modelBytes\":%llu,\"residentBytes\":%llu,"
        "\"llama\":%s,\"threads\":%d}\n",
        quoted(facts.name).c_str(), quoted(facts.quantization).c_str(), quoted(facts.backend).c_str(),
        quoted(device).c_str(), facts.n_embd, facts.n_vocab, facts.n_layer, facts.gpu_layers,
        static_cast<unsigned long long>(facts.size), static_cast<unsigned long long>(resident_bytes()),
        quoted(backend_llama_version()).c_str(), backend_physical_cores());
}

void print_turn(const bench::Turn & turn) {
    std::printf("{\"seconds\":%.9f,\"units\":%.0f", turn.seconds, turn.units);
    for (const auto & [name, seconds] : turn.parts) {
        std::printf(",%s:%.9f", quoted(name).c_str(), seconds);
    }
    std::printf("}\n");
}

using Loops = std::map<std::string, std::unique_ptr<bench::Loop>>;

bench::Loop & find(const Loops & loops, const std::string & name) {
    const auto found = loops.find(name);
    if (found == loops.end()) {
        throw Error("USAGE", "Expected an open loop but received " + name);
    }
    return *found->second;
}

void obey(const std::string & line, const ModelPtr & model, Loops & loops) {
    std::istringstream words(line);
    std::string command;
    std::string name;
    words >> command >> name;
    if (command == "facts") {
        print_facts(*model);
    } else if (command == "open") {
        std::string kind;
        words >> kind;
        bench::Settings settings;
        for (std::string word; words >> word;) {
            const auto at = word.find('=');
            if (at == std::string::npos) {
                throw Error("USAGE", "Expected setting=value but received " + word);
            }
            settings.set(word.substr(0, at), word.substr(at + 1));
        }
        loops[name] = bench::make_loop(model, kind, settings);
        std::printf("{}\n");
    } else if (command == "begin") {
        print_turn(find(loops, name).begin());
    } else if (command == "turn") {
        int n = 0;
        words >> n;
        print_turn(find(loops, name).turn(n));
    } else if (command == "close") {
        loops.erase(name);
        std::printf("{}\n");
    } else {
        throw Error("USAGE", "Expected open, begin, turn, close or facts but received " + command);
    }
}

int run(const Arguments & arguments) {
    backend_load(arguments.backends);
    ModelOptions options;
    options.path = arguments.model;
    options.gpu = arguments.gpu;
    options.gpu_layers = arguments.gpu_layers;
    const auto model = Model::load(options, std::make_shared<CancelFlag>(), {});
    Loops loops;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            obey(line, model, loops);
        } catch (const Error & error) {
            std::printf("{\"error\":%s,\"code\":%s}\n", quoted(error.what()).c_str(),
                        quoted(error.code()).c_str());
        }
        std::fflush(stdout);
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
