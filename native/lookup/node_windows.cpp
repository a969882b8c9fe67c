// Node-API on Windows: looked up in the running program, so that the binary also loads in a renamed node.exe
// or in Electron. Elsewhere the system's loader does this.
#if defined(_WIN32) && defined(TOOLKEN_NODE_LOOKUP)

#include "trampoline.h"

#include <windows.h>

#include <array>

namespace {

#define TOOLKEN_FUNCTION(index, name) #name,
constexpr std::array NAMES = {
#include "node_functions.inc"
};
#undef TOOLKEN_FUNCTION

} // namespace

extern "C" {
// Functions newer than the running Node stay null: NAPI_VERSION keeps them from being called.
void * toolken_node_table[NAMES.size()] = {};
}

#define TOOLKEN_FUNCTION(index, name) TOOLKEN_TRAMPOLINE(#name, "toolken_node_table", #index);
#include "node_functions.inc"
#undef TOOLKEN_FUNCTION

// Runs when the library is loaded, before Node registers the module. Some programs have Node in a library.
__attribute__((constructor)) static void fill_node_table() {
    const std::array modules = {GetModuleHandleW(nullptr), GetModuleHandleW(L"node.dll"),
                                GetModuleHandleW(L"libnode.dll")};
    for (size_t i = 0; i < NAMES.size(); ++i) {
        for (auto * module : modules) {
            if (module != nullptr && toolken_node_table[i] == nullptr) {
                toolken_node_table[i] = reinterpret_cast<void *>(GetProcAddress(module, NAMES[i]));
            }
        }
    }
}

#endif
