#include "log_capture.h"

#include "llama.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

namespace toolken {

namespace {

thread_local std::string * current = nullptr;

constexpr size_t MAX_REASON_LENGTH = 600;

struct Sinks {
    std::mutex mutex;
    std::map<int, std::pair<LogLevel, LogSink>> sinks;
    int next = 0;
    std::atomic<int> most_detailed{0}; // LogLevel of the sink that wants most
};

// Never destroyed: threads may log until the very end of the process.
Sinks & sinks() {
    static auto * all = new Sinks();
    return *all;
}

LogLevel level_of(ggml_log_level level) {
    switch (level) {
    case GGML_LOG_LEVEL_ERROR:
        return LogLevel::error;
    case GGML_LOG_LEVEL_WARN:
        return LogLevel::warn;
    case GGML_LOG_LEVEL_DEBUG:
        return LogLevel::debug;
    default:
        return LogLevel::info;
    }
}

void deliver(LogLevel level, const std::string & line) {
    auto & all = sinks();
    const std::lock_guard lock(all.mutex);
    for (const auto & entry : all.sinks) {
        const auto & [wanted, sink] = entry.second;
        if (level <= wanted) {
            sink(level, line);
        }
    }
}

// A message may come in parts; GGML_LOG_LEVEL_CONT goes on with the level of the one before.
void on_log(ggml_log_level ggml_level, const char * text, void *) {
    thread_local LogLevel level = LogLevel::info;
    thread_local std::string line;
    if (ggml_level != GGML_LOG_LEVEL_CONT) {
        level = level_of(ggml_level);
    }
    if (current != nullptr && level <= LogLevel::warn) {
        current->append(text);
    }
    if (static_cast<int>(level) > sinks().most_detailed.load(std::memory_order_relaxed)) {
        line.clear();
        return;
    }
    for (const char * c = text; *c != '\0'; ++c) {
        if (*c != '\n') {
            line.push_back(*c);
        } else if (!line.empty()) {
            deliver(level, line);
            line.clear();
        }
    }
}

// TOOLKEN_LOG: error, warn, info, debug; anything else that is set: info.
void write_if_asked() {
    const char * wanted = std::getenv("TOOLKEN_LOG");
    if (wanted == nullptr || *wanted == '\0') {
        return;
    }
    const std::string name = wanted;
    const auto level = name == "error"   ? LogLevel::error
                       : name == "warn"  ? LogLevel::warn
                       : name == "debug" ? LogLevel::debug
                                         : LogLevel::info;
    log_add_sink(level,
                 [](LogLevel, const std::string & line) { std::fputs((line + "\n").c_str(), stderr); });
}

} // namespace

void log_install() {
    static std::once_flag once;
    std::call_once(once, [] {
        llama_log_set(on_log, nullptr);
        write_if_asked();
    });
}

int log_add_sink(LogLevel level, LogSink sink) {
    auto & all = sinks();
    const std::lock_guard lock(all.mutex);
    all.sinks[all.next] = {level, std::move(sink)};
    all.most_detailed = std::max(all.most_detailed.load(), static_cast<int>(level));
    return all.next++;
}

void log_remove_sink(int number) {
    auto & all = sinks();
    const std::lock_guard lock(all.mutex);
    all.sinks.erase(number);
    int most_detailed = 0;
    for (const auto & entry : all.sinks) {
        most_detailed = std::max(most_detailed, static_cast<int>(entry.second.first));
    }
    all.most_detailed = most_detailed;
}

LogCapture::LogCapture() : outer_(current) {
    current = &text_;
}

LogCapture::~LogCapture() {
    current = outer_;
}

std::string LogCapture::reason() const {
    std::string reason = text_;
    while (!reason.empty() && (reason.back() == '\n' || reason.back() == ' ')) {
        reason.pop_back();
    }
    if (reason.size() > MAX_REASON_LENGTH) {
        reason = "…" + reason.substr(reason.size() - MAX_REASON_LENGTH);
    }
    return reason.empty() ? "no reason given" : reason;
}

} // namespace toolken
