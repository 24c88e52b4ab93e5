// The npm package open311 as it is published, JSON.
const assert = require("node:assert");
const Open311 = require("open311");

const base = `${process.env.LINLI_URL.replace(/\/$/, "")}/open311/v2`;
const client = new Open311({
  endpoint: `${base}/`,
  discovery: `${base}/discovery.json`,
  apiKey: process.env.LINLI_KEY,
});

const call = (method, ...given) => new Promise((resolve, reject) => {
  client[method](...given, (error, data) => {
    if (error) reject(new Error(String(data)));
    else resolve(data);
  });
});

const checks = {
  async "discovery is read and its endpoint taken"() {
    const found = await call("serviceDiscovery", { cache: true });
    assert.ok(found.endpoints.length >= 1);
    assert.ok(client.endpoint.endsWith("/open311/v2/"));
  },
  async "services and a definition are read"() {
    const services = await call("serviceList");
    assert.ok(services.length > 20);
    const asking = services.find((service) => service.metadata);
    const definition = await call("serviceDefinition", asking.service_code);
    assert.ok(definition.attributes.length > 0);
  },
  async "a request is sent and read back"() {
    const services = await call("serviceList");
    const plain = services.find((service) => !service.metadata);
    const made = await call("submitRequest", {
      service_code: plain.service_code,
      address_string: "东渡街道",
      description: "open311：井盖松动",
    });
    const number = made[0].service_request_id;
    const [back] = await call("serviceRequests", number, {});
    assert.strictEqual(back.description, "open311：井盖松动");
    assert.ok(back.requested_datetime instanceof Date && !Number.isNaN(+back.requested_datetime));
    const many = await call("serviceRequests", [number], {});
    assert.strictEqual(many.length, 1);
  },
  async "requests are narrowed by status"() {
    const closed = await call("serviceRequests", { status: "closed" });
    assert.ok(closed.length > 0 && closed.every((one) => one.status === "closed"));
  },
  async "a wrong key is refused"() {
    const stranger = new Open311({ endpoint: `${base}/`, apiKey: "wrong" });
    const refused = await new Promise((resolve) => {
      stranger.submitRequest({ service_code: "E0101" }, (error, text) => resolve([error, text]));
    });
    assert.strictEqual(refused[0], 403);
  },
};

(async () => {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok open311: ${name}`);
    } catch (error) {
      console.error(error);
      console.log(`not ok open311: ${name}`);
    }
  }
})();
