/** How the programs of this folder say what they listen on, as a line of JSON, and end: with their stdin. */
function ready(said, close) {
  console.log(JSON.stringify(said));
  process.stdin.resume().once('end', close);
}

module.exports = { ready };
