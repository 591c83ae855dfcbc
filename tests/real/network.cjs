// A whole Bluesky network (PLC, PDS, AppView) on loopback, for the test beside this file. Prints one line of JSON when
// it is ready and ends with its standard input. Run with the folder of an npm install of @atproto/dev-env as argument.
const net = require("node:net");
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) { // its servers listen on every interface otherwise
  if (typeof given[0] === "number" || typeof given[0] === "string") {
    const [port, ...rest] = given;
    return listen.call(this, { port: Number(port), host: "127.0.0.1" }, ...rest.filter((one) => typeof one === "function"));
  }
  if (given[0] && typeof given[0] === "object" && "port" in given[0]) given[0] = { ...given[0], host: "127.0.0.1" };
  return listen.apply(this, given);
};
const { TestNetwork } = require(require.resolve("@atproto/dev-env", { paths: [process.argv[2]] }));
(async () => {
  const network = await TestNetwork.create({ dbPostgresSchema: "bsky", pds: { hostname: "localhost" } });
  const agent = network.pds.getClient();
  for (const name of ["ada-marlow", "acme-parcels"]) {
    await agent.createAccount({ email: `${name}@example.com`, handle: `${name}.test`, password: `${name}-password` });
  }
  console.log(JSON.stringify({ pds: network.pds.url, appview: network.bsky.url }));
  process.stdin.on("end", async () => { await network.close(); process.exit(0); });
  process.stdin.resume();
})().catch((error) => { console.error(error); process.exit(1); });
