#include "llama_library.h"

#if defined(TOOLKEN_LLAMA_LOOKUP)

#include "../core/error.h"
#include "shared_library.h"
#include "trampoline.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#define TOOLKEN_HIDDEN __attribute__((visibility("hidden")))

namespace {

#define TOOLKEN_FUNCTION(index, name) #name,
constexpr std::array NAMES = {
#include "llama_functions.inc"
};
#undef TOOLKEN_FUNCTION

// What a function does before the libraries are open.
[[noreturn]] void not_open() {
    throw toolken::Error("BINARY_INCOMPATIBLE", "Expected llama.cpp's libraries to be open");
}

} // namespace

extern "C" {
TOOLKEN_HIDDEN void * toolken_llama_table[NAMES.size()] = {
#define TOOLKEN_FUNCTION(index, name) reinterpret_cast<void *>(&not_open),
#include "llama_functions.inc"
#undef TOOLKEN_FUNCTION
};
}

#define TOOLKEN_FUNCTION(index, name) TOOLKEN_TRAMPOLINE(#name, "toolken_llama_table", #index);
#include "llama_functions.inc"
#undef TOOLKEN_FUNCTION

namespace toolken {

namespace {

std::mutex open_mutex;
std::vector<std::string> open_paths;

// An ELF or PE process has one library of a name: with another llama.cpp loaded earlier, our libllama is
// bound to that one's ggml-base.
void check_versions(const SharedLibrary & base, const SharedLibrary & llama, const std::string & path) {
    using Text = const char * (*)();
    for (const auto * name : {"ggml_version", "ggml_commit"}) {
        const auto own = reinterpret_cast<Text>(base.own(name));
        const auto bound = reinterpret_cast<Text>(llama.find(name));
        if (own == nullptr || bound == nullptr || (own != bound && std::strcmp(own(), bound()) != 0)) {
            throw Error("BINARY_INCOMPATIBLE",
                        "Expected " + path +
                            " but another version of llama.cpp is already loaded in this process");
        }
    }
}

} // namespace

void llama_library_open(const std::vector<std::string> & paths) {
    const std::lock_guard lock(open_mutex);
    if (paths == open_paths) {
        return;
    }
    if (!open_paths.empty()) {
        throw Error("BINARY_INCOMPATIBLE", "Expected the libraries that are open in this process, " +
                                               open_paths.back() + ", but received " + paths.back());
    }
    std::vector<SharedLibrary> libraries;
    for (const auto & path : paths) {
        libraries.emplace_back(path);
    }
    if (libraries.empty()) {
        throw Error("BINARY_INCOMPATIBLE", "Expected llama.cpp's libraries but received none");
    }
    const auto & llama = libraries.back();
    check_versions(libraries.front(), llama, paths.front());

    std::array<void *, NAMES.size()> found{};
    for (size_t i = 0; i < NAMES.size(); ++i) {
        found[i] = llama.find(NAMES[i]);
        if (found[i] == nullptr) {
            throw Error("BINARY_INCOMPATIBLE", "Expected a function " + std::string(NAMES[i]) + " in " +
                                                   paths.back() + " but found none");
        }
    }
    std::copy(found.begin(), found.end(), toolken_llama_table);
    open_paths = paths;
}

} // namespace toolken

#endif
