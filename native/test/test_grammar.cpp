// The grammar against llama.cpp's own, token by token over the whole vocabulary, and its bounds. Needs a
// model as test_context.cpp does (model_test.h).

#include "core/backend.h"
#include "core/grammar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

using namespace toolken;

int passed = 0;
int failed = 0;

void check(bool condition, const std::string & what) {
    ++(condition ? passed : failed);
    if (!condition) {
        std::printf("FAILED: %s\n", what.c_str());
    }
}

std::vector<llama_token_data> vocabulary(const Model & model) {
    std::vector<llama_token_data> all;
    for (llama_token token = 0; token < model.facts().n_vocab; ++token) {
        all.push_back({token, 0.0F, 0.0F});
    }
    return all;
}

std::vector<llama_token> accepted_by_llama(const Model & model, llama_sampler * sampler) {
    auto all = vocabulary(model);
    llama_token_data_array array{all.data(), all.size(), -1, false};
    llama_sampler_apply(sampler, &array);
    std::vector<llama_token> accepted;
    for (const auto & candidate : all) {
        const bool rejected = std::isinf(candidate.logit) && candidate.logit < 0;
        // llama.cpp takes these bytes for the beginning of a character, which they never are.
        const auto bytes = model.piece(candidate.id, true);
        const bool is_text = std::none_of(bytes.begin(), bytes.end(),
                                          [](char c) { return static_cast<unsigned char>(c) >= 0xF5; });
        if (!rejected && is_text && (!model.is_control(candidate.id) || model.is_eog(candidate.id))) {
            accepted.push_back(candidate.id);
        }
    }
    return accepted;
}

std::vector<llama_token> accepted_by(const Model & model, const Grammar & grammar) {
    auto all = vocabulary(model);
    grammar.keep_accepted(all);
    std::vector<llama_token> accepted;
    for (const auto & candidate : all) {
        accepted.push_back(candidate.id);
    }
    return accepted;
}

const char * const GRAMMARS[] = {
    R"gbnf(root ::= "a")gbnf",
    R"gbnf(root ::= [0-9]+ ("." [0-9]{1,3})? ")" )gbnf",
    R"gbnf(root ::= ("add" | "added" | "a") "(" number ("," number)* ")"
       number ::= "-"? [0-9]+)gbnf",
    R"gbnf(root ::= "{" pair ("," pair)* "}"   # an object
       pair ::= "\"" [^"\\]* "\":" value
       value ::= root | "[" (value ("," value)*)? "]" | [0-9]+ | "\"" [^"\n]* "\"")gbnf",
    R"gbnf(root ::= ("a"? "b"? "c"? " "?){2,4} .+)gbnf",
    R"gbnf(root ::= (("a" | "a" "a")* "b")+)gbnf",
    R"gbnf(root ::= [^a-z]* | "é" [ä-ü\u4e00-\u9fff]+ "\x41" )gbnf",
    R"gbnf(root ::= ((("x"{0,3}) "y"){2}){1,2} | "" )gbnf",
};

// The first token that only one of the two accepts.
std::string difference(const Model & model, const std::vector<llama_token> & expected,
                       const std::vector<llama_token> & found) {
    const auto at = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end());
    const bool missing = at.second == found.end() || (at.first != expected.end() && *at.first < *at.second);
    if (at.first == expected.end() && at.second == found.end()) {
        return "";
    }
    const auto token = missing ? *at.first : *at.second;
    return std::string(missing ? ", missing " : ", too many ") + std::to_string(token) + " \"" +
           model.piece(token, true) + "\"";
}

void test_against_llama(const ModelPtr & model) {
    std::mt19937 random(1);
    for (const auto * gbnf : GRAMMARS) {
        for (int walk = 0; walk < 3; ++walk) {
            Grammar ours(model, gbnf, "root");
            llama_sampler * theirs = llama_sampler_init_grammar(model->vocab(), gbnf, "root");
            for (int step = 0; step < 12; ++step) {
                const auto expected = accepted_by_llama(*model, theirs);
                const auto found = accepted_by(*model, ours);
                check(expected == found, std::string("as llama.cpp: ") + gbnf + " at step " +
                                             std::to_string(step) + difference(*model, expected, found));
                if (expected.empty()) {
                    break;
                }
                const auto token = expected[random() % expected.size()];
                if (model->is_eog(token)) {
                    check(ours.complete(), "complete where the end is accepted");
                    ours.accept(token);
                    break;
                }
                llama_sampler_accept(theirs, token);
                const auto copy = ours.clone();
                copy->accept(token);
                ours.accept(token);
                check(accepted_by(*model, *copy) == accepted_by(*model, ours), "a copy has its state");
            }
            llama_sampler_free(theirs);
        }
    }
}

void refused(const ModelPtr & model, const std::string & gbnf, const char * what) {
    try {
        const Grammar grammar(model, gbnf, "root");
        check(false, what);
    } catch (const Error & error) {
        check(error.code() == "GRAMMAR_INVALID", what);
    }
}

std::string repeated(const std::string & text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all += text;
    }
    return all;
}

// Texts that are no grammar: refused, never read past their end.
void test_refusals(const ModelPtr & model) {
    for (const auto * gbnf : {"",
                              "root",
                              "root ::=",
                              "root ::= (",
                              "root ::= )",
                              "root ::= \"a",
                              "root ::= [a",
                              "root ::= []",
                              "root ::= [^]",
                              "root ::= foo",
                              "foo ::= \"a\"",
                              "root ::= * \"a\"",
                              "root ::= \"a\"{",
                              "root ::= \"a\"{3",
                              "root ::= \"a\"{3,2}",
                              "root ::= \"a\"{5000}",
                              "root ::= \"\\q\"",
                              "root ::= \"\\x1\"",
                              "root ::= \"\\",
                              "root ::= <",
                              "root ::= <[1",
                              "root ::= <no such token>",
                              "root ::= !",
                              "root ::= root",
                              "a ::= b\nb ::= a\nroot ::= a",
                              "root ::= (\"\")* ",
                              "root ::= \"a\" | root \"b\"",
                              "root ::= x root\nx ::= \"\"",
                              "root = \"a\"",
                              "root ::= \"a\"\xC3",
                              "1_ ::= \"a\""}) {
        if (std::string(gbnf) != "root ::=") { // an empty text
            refused(model, gbnf, gbnf);
        }
    }
    refused(model, "root ::= " + repeated("(", 300) + "\"a\"" + repeated(")", 300), "nested parentheses");
    refused(model, "root ::= " + repeated("\"a\"? ", 20'000), "twenty thousand optional elements");
    std::string chain = "root ::= r0\n";
    for (int i = 0; i < 100'000; ++i) {
        chain += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + "\n";
    }
    refused(model, chain, "a chain of a hundred thousand rules");
    refused(model, "root ::= " + repeated("(\"a\" \"b\"){2000} ", 200),
            "repetitions of four hundred thousand symbols");
}

// What grows beyond the bounds while a text is read ends with an error, not with all memory.
void test_ambiguity(const ModelPtr & model) {
    const auto letter = model->tokenize("a", false, false);
    for (const auto * gbnf : {R"gbnf(root ::= "a" root "b" | "a" root "c" | "d")gbnf", R"gbnf(root ::= s s
        s ::= "a" s s | "a" s | "a" )gbnf"}) {
        Grammar grammar(model, gbnf, "root");
        bool ended = false;
        try {
            for (int i = 0; i < 10'000 && !ended; ++i) {
                grammar.accept(letter.back());
            }
        } catch (const Error & error) {
            ended = error.code() == "GRAMMAR_INVALID";
        }
        check(ended, "too many ways of reading a text");
    }
    Grammar deep(model, R"gbnf(root ::= "a" root "b" | "c")gbnf", "root");
    bool ended = false;
    try {
        for (int i = 0; i < 10'000 && !ended; ++i) {
            deep.accept(letter.back());
        }
    } catch (const Error &) {
        ended = true;
    }
    check(ended, "too deep a text");
}

template <typename Function> double milliseconds(Function && function) {
    const auto start = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Not checked, for whoever changes a bound: times vary with the machine.
void print_times(const ModelPtr & model) {
    std::string letters;
    for (int i = 0; i < 600; ++i) {
        letters += std::string("\"") + static_cast<char>('a' + i % 26) + "\"? ";
    }
    const auto tokens = model->tokenize("aaaaaaaaaaaaaaaa", false, false);
    for (const auto & [name, gbnf] :
         {std::pair<std::string, std::string>{"600 optional", "root ::= " + letters},
          {"4,000 optional", "root ::= " + repeated("\"a\"? ", 4000)},
          {"200 KB of literals", "root ::= \"" + repeated("abc", 66'000) + "\""},
          {"2,000 alternatives", "root ::= \"a\"" + repeated(" | \"aabcdefgh\"", 2000)}}) {
        std::unique_ptr<Grammar> grammar;
        const double made =
            milliseconds([&, &text = gbnf] { grammar = std::make_unique<Grammar>(model, text, "root"); });
        double worst = 0;
        for (const auto token : tokens) {
            try {
                worst = std::max(worst, milliseconds([&] { grammar->accept(token); }));
            } catch (const Error &) {
                break;
            }
        }
        std::printf("%s: made in %.2f ms, accepts a token in at most %.2f ms\n", name.c_str(), made, worst);
    }
}

} // namespace

int main() {
    const char * path = std::getenv("TOOLKEN_TEST_MODEL");
    const char * backends = std::getenv("TOOLKEN_TEST_BACKENDS");
    if (path == nullptr || backends == nullptr) {
        return 77;
    }
    backend_load({backends});
    ModelOptions options;
    options.path = path;
    options.gpu = "cpu";
    const auto model = Model::load(options, std::make_shared<CancelFlag>(), nullptr);
    test_against_llama(model);
    test_refusals(model);
    test_ambiguity(model);
    print_times(model);
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
