// Writes the feature pass's safetensors file row by row: the number of rows is known before the first one.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace toolken {

class FeatureFile {
  public:
    // top_tokens: m; metadata: JSON object of strings. Throws IO.
    FeatureFile(const std::string & path, int64_t n_rows, int dimension, int top_tokens,
                const std::string & metadata);

    struct Rows {
        std::vector<float> h; // (n, d)
        std::vector<float> lse;
        std::vector<int32_t> target;
        std::vector<float> target_logit;
        std::vector<float> best_logit;
        std::vector<int32_t> text;
        std::vector<int32_t> position;
        std::vector<int32_t> top_token; // (n, m), as the next two only with m > 0
        std::vector<float> top_logit;   // (n, m)
        std::vector<float> entropy;
    };

    // Appends n rows to every tensor. Throws IO.
    void append(const Rows & rows);
    // Flushes; throws IO when a row is missing or the disk is full.
    void finish();

  private:
    template <typename T> void write(int64_t tensor_offset, int64_t row_width, const std::vector<T> & values);

    std::string path_;
    std::ofstream file_;
    int64_t n_rows_;
    int dimension_;
    int top_tokens_;
    int64_t done_ = 0;
    int64_t body_ = 0;             // offset of the first tensor
    std::vector<int64_t> offsets_; // of each tensor within the body
};

} // namespace toolken
