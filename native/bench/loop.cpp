#include "loop.h"

#include "core/error.h"

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

namespace toolken::bench {

int Settings::number(const std::string & name, int otherwise) const {
    const auto found = values_.find(name);
    if (found == values_.end()) {
        return otherwise;
    }
    size_t read = 0;
    try {
        const int value = std::stoi(found->second, &read);
        if (read == found->second.size()) {
            return value;
        }
    } catch (const std::logic_error &) {
        // not a number, or too large a one
    }
    throw Error("USAGE", "Expected a number for " + name + " but received " + found->second);
}

std::string Settings::text(const std::string & name, const std::string & otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
}

Turn Loop::begin() {
    throw Error("USAGE", "Expected a loop with prompts");
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<std::vector<llama_token>> read_prompts(const Model & model, const Settings & settings, int n) {
    const std::string path = settings.text("prompts", "");
    std::vector<std::vector<llama_token>> prompts;
    if (path.empty()) {
        prompts.assign(static_cast<size_t>(n),
                       model.tokenize("The capital of France is", model.facts().adds_bos, false));
        return prompts;
    }
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::vector<llama_token> prompt;
        for (llama_token token = 0; words >> token;) {
            if (token < 0 || token >= model.facts().n_vocab) {
                throw Error("USAGE", "Expected tokens of the vocabulary in " + path);
            }
            prompt.push_back(token);
        }
        if (!prompt.empty()) {
            prompts.push_back(std::move(prompt));
        }
    }
    if (prompts.size() < static_cast<size_t>(n)) {
        throw Error("USAGE", "Expected a prompt for each of " + std::to_string(n) + " sequences in " + path);
    }
    prompts.resize(static_cast<size_t>(n));
    return prompts;
}

HeadPtr random_head(int dimension, int tools, const std::string & type) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-0.01F, 0.01F);
    std::vector<float> weights(static_cast<size_t>(tools) * static_cast<size_t>(dimension));
    std::generate(weights.begin(), weights.end(), [&] { return uniform(random); });
    auto head = std::make_shared<Head>(dimension, tools, type);
    head->set_rows(weights.data(), tools);
    return head;
}

std::unique_ptr<Loop> make_loop(const ModelPtr & model, const std::string & kind, const Settings & settings) {
    using Make = std::unique_ptr<Loop> (*)(const ModelPtr &, const Settings &);
    static const std::map<std::string, Make> kinds = {
        {"llama", make_llama_loop},     {"toolken", make_toolken_loop},   {"parts", make_parts_loop},
        {"prefill", make_prefill_loop}, {"features", make_features_loop}, {"bandwidth", make_bandwidth_loop},
    };
    const auto found = kinds.find(kind);
    if (found == kinds.end()) {
        throw Error("USAGE",
                    "Expected llama, toolken, parts, prefill, features or bandwidth but received " + kind);
    }
    return found->second(model, settings);
}

} // namespace toolken::bench
