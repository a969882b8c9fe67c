// What toolken-core measures: loops that go on where they stopped, so that rivals can take turns.
#pragma once

#include "core/head.h"
#include "core/model.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace toolken::bench {

// Settings of a loop, as `name=value` words give them.
class Settings {
  public:
    void set(const std::string & name, const std::string & value) { values_[name] = value; }
    // Throws USAGE when the value is no number.
    int number(const std::string & name, int otherwise) const;
    std::string text(const std::string & name, const std::string & otherwise) const;

  private:
    std::map<std::string, std::string> values_;
};

struct Turn {
    double seconds = 0;
    double units = 0;                                  // tokens, or what the loop says
    std::vector<std::pair<std::string, double>> parts; // seconds by part of a step
};

class Loop {
  public:
    virtual ~Loop() = default;
    // Starts again: the prompts, up to the first token of every sequence.
    virtual Turn begin();
    // n more steps; what happens between turns is not counted.
    virtual Turn turn(int n) = 0;
};

// kind: "llama" (llama.cpp's greedy loop), "toolken" (this project's), "parts" (either, taken apart),
// "prefill", "features" (training's two rivals), "bandwidth" (the device's memory). Throws USAGE and what
// contexts throw.
std::unique_ptr<Loop> make_loop(const ModelPtr & model, const std::string & kind, const Settings & settings);

// ---- what loops share ----

double seconds_since(std::chrono::steady_clock::time_point start);

// The prompts of n sequences: lines of token ids from the file of setting `prompts`, or a fixed text.
std::vector<std::vector<llama_token>> read_prompts(const Model & model, const Settings & settings, int n);

// K random rows whose logits stay below every token's with BIAS: the text is the plain model's.
inline constexpr float BIAS = -50.0F;
HeadPtr random_head(int dimension, int tools, const std::string & type);

std::unique_ptr<Loop> make_llama_loop(const ModelPtr & model, const Settings & settings);
std::unique_ptr<Loop> make_toolken_loop(const ModelPtr & model, const Settings & settings);
std::unique_ptr<Loop> make_parts_loop(const ModelPtr & model, const Settings & settings);
std::unique_ptr<Loop> make_prefill_loop(const ModelPtr & model, const Settings & settings);
std::unique_ptr<Loop> make_features_loop(const ModelPtr & model, const Settings & settings);
std::unique_ptr<Loop> make_bandwidth_loop(const ModelPtr & model, const Settings & settings);

} // namespace toolken::bench
