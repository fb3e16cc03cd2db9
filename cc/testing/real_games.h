// The bundled games that the lc0 engine played, for tests.
//
// Threads: pure functions.
// Files:   found relative to the working directory, which is the root of the
//          repository under Bazel and by hand; a Bazel test names
//          //configs:quickstart_games in its data.
// Errors:  a game that cannot be read ends the test (abort).
#ifndef CC_TESTING_REAL_GAMES_H_
#define CC_TESTING_REAL_GAMES_H_

#include <string>
#include <vector>

#include "cc/records/frame.h"
#include "cc/records/input_format.h"

namespace lczero::testing {

// The archives' paths, oldest first.
std::vector<std::string> RealArchives();

// Every game of them, in the order of the archives. Some 20,000 frames.
std::vector<std::vector<Frame>> RealGames();

// Two games that the engine played, which were written again in an input format
// (not 1), the same two in each: //cc/testing:input_formats.
std::vector<std::vector<Frame>> RealGamesOf(InputFormat format);

}  // namespace lczero::testing

#endif  // CC_TESTING_REAL_GAMES_H_
