#include "log_capture.h"

#include "llama.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace toolken {

namespace {

thread_local std::string * current = nullptr;

constexpr size_t LONGEST_REASON = 600;

void on_log(ggml_log_level level, const char * text, void *) {
    static const bool verbose = std::getenv("TOOLKEN_LOG") != nullptr;
    if (verbose) {
        std::fputs(text, stderr);
    }
    if (current != nullptr && (level == GGML_LOG_LEVEL_ERROR || level == GGML_LOG_LEVEL_WARN)) {
        current->append(text);
    }
}

} // namespace

void log_install() {
    static std::once_flag once;
    std::call_once(once, [] { llama_log_set(on_log, nullptr); });
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
    if (reason.size() > LONGEST_REASON) {
        reason = "…" + reason.substr(reason.size() - LONGEST_REASON);
    }
    return reason.empty() ? "no reason given" : reason;
}

} // namespace toolken
