#include "feature_file.h"

#include "error.h"
#include "paths.h"

#include <algorithm>

namespace toolken {

FeatureFile::FeatureFile(const std::string & path, int64_t n_rows, int dimension, int top_tokens,
                         const std::string & metadata)
    : path_(path), file_(path_from_utf8(path), std::ios::binary | std::ios::trunc), n_rows_(n_rows),
      dimension_(dimension), top_tokens_(top_tokens) {
    struct Column {
        const char * name;
        const char * dtype;
        int64_t width; // 4-byte values per row; 0: a vector
    };
    std::vector<Column> columns = {{"h", "F32", dimension},    {"lse", "F32", 0},        {"target", "I32", 0},
                                   {"target_logit", "F32", 0}, {"best_logit", "F32", 0}, {"text", "I32", 0},
                                   {"position", "I32", 0}};
    if (top_tokens > 0) {
        columns.push_back({"top_token", "I32", top_tokens});
        columns.push_back({"top_logit", "F32", top_tokens});
        columns.push_back({"entropy", "F32", 0});
    }
    std::string header = "{\"__metadata__\":" + metadata;
    int64_t offset = 0;
    for (const auto & column : columns) {
        const int64_t end = offset + 4 * n_rows * std::max<int64_t>(1, column.width);
        const auto shape =
            std::to_string(n_rows) + (column.width > 0 ? "," + std::to_string(column.width) : "");
        header += std::string(",\"") + column.name + "\":{\"dtype\":\"" + column.dtype + "\",\"shape\":[" +
                  shape + "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(end) + "]}";
        offsets_.push_back(offset);
        offset = end;
    }
    header += "}";
    while (header.size() % 8 != 0) {
        header += ' ';
    }
    const auto length = static_cast<uint64_t>(header.size());
    char bytes[8];
    for (int i = 0; i < 8; ++i) {
        bytes[i] = static_cast<char>((length >> (8 * i)) & 0xFF);
    }
    file_.write(bytes, sizeof(bytes));
    file_.write(header.data(), static_cast<std::streamsize>(header.size()));
    body_ = static_cast<int64_t>(sizeof(bytes) + header.size());
    if (!file_) {
        throw Error("IO", "Expected to write the features to " + path);
    }
}

template <typename T>
void FeatureFile::write(int64_t tensor_offset, int64_t row_width, const std::vector<T> & values) {
    file_.seekp(body_ + tensor_offset + 4 * done_ * row_width);
    file_.write(reinterpret_cast<const char *>(values.data()),
                static_cast<std::streamsize>(4 * values.size()));
}

void FeatureFile::append(const Rows & rows) {
    write(offsets_[0], dimension_, rows.h);
    write(offsets_[1], 1, rows.lse);
    write(offsets_[2], 1, rows.target);
    write(offsets_[3], 1, rows.target_logit);
    write(offsets_[4], 1, rows.best_logit);
    write(offsets_[5], 1, rows.text);
    write(offsets_[6], 1, rows.position);
    if (top_tokens_ > 0) {
        write(offsets_[7], top_tokens_, rows.top_token);
        write(offsets_[8], top_tokens_, rows.top_logit);
        write(offsets_[9], 1, rows.entropy);
    }
    done_ += static_cast<int64_t>(rows.lse.size());
    if (!file_) {
        throw Error("IO", "Expected room for the features in " + path_ + " but the write failed");
    }
}

void FeatureFile::finish() {
    file_.close();
    if (file_.fail() || done_ != n_rows_) {
        throw Error("IO", "Expected " + std::to_string(n_rows_) + " rows in " + path_ + " but wrote " +
                              std::to_string(done_));
    }
}

} // namespace toolken
