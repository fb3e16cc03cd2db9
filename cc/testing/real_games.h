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

namespace lczero::testing {

// The archives' paths, oldest first.
std::vector<std::string> RealArchives();

// Every game of them, in the order of the archives. Some 20,000 frames.
std::vector<std::vector<Frame>> RealGames();

}  // namespace lczero::testing

#endif  // CC_TESTING_REAL_GAMES_H_
