// A function that jumps to where an entry of a table points: it has the name, and needs to know neither
// arguments nor result. TOOLKEN_TRAMPOLINE("llama_decode", "table", "12") defines llama_decode as a jump to
// table[12].
#pragma once

#if defined(__APPLE__)
#define TOOLKEN_ASM_NAME(name) "_" name
#define TOOLKEN_ASM_DECLARE(name) ".globl _" name "\n.private_extern _" name "\n.p2align 2\n"
#elif defined(_WIN32)
#define TOOLKEN_ASM_NAME(name) name
#define TOOLKEN_ASM_DECLARE(name) ".globl " name "\n.def " name "; .scl 2; .type 32; .endef\n.p2align 2\n"
#else
#define TOOLKEN_ASM_NAME(name) name
#define TOOLKEN_ASM_DECLARE(name) ".globl " name "\n.hidden " name "\n.type " name ", %function\n.p2align 2\n"
#endif

#if defined(__x86_64__)
#define TOOLKEN_ASM_JUMP(table, index) "jmpq *8*" index "+" TOOLKEN_ASM_NAME(table) "(%rip)\n"
#elif defined(__aarch64__)
// x16 is free between a call and the function that it reaches (AAPCS64, "intra-procedure-call").
#if defined(__APPLE__)
#define TOOLKEN_ASM_ADDRESS(table)                                                                           \
    "adrp x16, _" table "@PAGE\n"                                                                            \
    "add x16, x16, _" table "@PAGEOFF\n"
#else
#define TOOLKEN_ASM_ADDRESS(table)                                                                           \
    "adrp x16, " table "\n"                                                                                  \
    "add x16, x16, :lo12:" table "\n"
#endif
#define TOOLKEN_ASM_JUMP(table, index)                                                                       \
    TOOLKEN_ASM_ADDRESS(table)                                                                               \
    "ldr x16, [x16, #8*" index "]\n"                                                                         \
    "br x16\n"
#else
#error "No trampolines for this processor: link with llama.cpp's libraries (TOOLKEN_LLAMA_LOOKUP=OFF)"
#endif

#define TOOLKEN_TRAMPOLINE(name, table, index)                                                               \
    asm(".text\n" TOOLKEN_ASM_DECLARE(name) TOOLKEN_ASM_NAME(name) ":\n" TOOLKEN_ASM_JUMP(table, index))
