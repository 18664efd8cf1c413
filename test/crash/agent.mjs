/**
 * An agent for campaigns that are killed: sends its prompt to the test over a socket and prints what comes back. So the test
 * knows what was asked, and when nobody was left to hear the answer.
 *
 *   node agent.mjs <socket>
 */
import { connect } from "node:net";

const socket = connect(process.argv[2]);
// The socket stays open in both directions, so that the other side learns at once when this process dies.
process.stdin.on("data", (chunk) => socket.write(chunk));
process.stdin.on("end", () => socket.write("\0"));
socket.pipe(process.stdout);
socket.on("error", () => process.exit(1));
