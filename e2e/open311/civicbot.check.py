from checks import BASE, KEY, run
from civicbot.open311 import Open311Client
from civicbot.registry import Endpoint

client = Open311Client(Endpoint.from_dict(dict(id="linli", name="Linli", base_url=BASE, write=True)))


def plain():
    return next(s for s in client.list_services() if not s["metadata"])


def services_and_definitions_are_read():
    assert len(client.list_services()) > 20
    for service in client.list_services()[:10]:
        definition = client.get_service_definition(service["service_code"])
        assert definition["service_code"] == service["service_code"]
        assert bool(definition["attributes"]) == service["metadata"]


def a_request_is_sent_and_read_back():
    sent = client.create_request(
        plain()["service_code"], dry_run=False, confirm="SEND", api_key=KEY, validate_remote=True,
        address_string="邻江区望潮街道", description="civicbot：路面有坑", phone="13800009999")
    number = sent.response[0]["service_request_id"]
    back = client.get_request(number)
    assert back["service_request_id"] == number and back["status"] == "open"
    assert back["description"] == "civicbot：路面有坑"
    # Everybody is told the place, nobody else the address as it was typed.
    address = client.list_requests(service_request_ids=[number])[0]["address"]
    assert "邻江区" in address or "望潮街道" in address, address


def answers_to_the_questions_are_taken():
    for service in client.list_services():
        if not service["metadata"]:
            continue
        definition = client.get_service_definition(service["service_code"])
        attributes = {}
        for attribute in definition["attributes"]:
            if attribute["datatype"].endswith("list"):
                value = attribute["values"][-1]["key"]
                several = attribute["datatype"] == "multivaluelist"
                attributes[attribute["code"]] = [value] if several else value
            elif attribute["datatype"] == "number":
                attributes[attribute["code"]] = 3
            elif attribute["datatype"] == "datetime":
                attributes[attribute["code"]] = "2026-01-02T03:04:05+08:00"
            else:
                attributes[attribute["code"]] = "三号楼"
        sent = client.create_request(
            service["service_code"], dry_run=False, confirm="SEND", api_key=KEY,
            validate_remote=True, lat=31.248031, lng=121.482737, attributes=attributes,
            description="civicbot：" + service["service_name"], email="someone@example.com")
        assert sent.response[0]["service_request_id"]
        return
    raise AssertionError("no service asks anything")


def a_wrong_key_is_refused():
    try:
        client.create_request(plain()["service_code"], dry_run=False, confirm="SEND",
                              api_key="wrong", address_string="x", description="x")
    except Exception as refused:
        assert "403" in str(refused), refused
        return
    raise AssertionError("a wrong key was taken")


run("civicbot", [
    services_and_definitions_are_read, a_request_is_sent_and_read_back,
    answers_to_the_questions_are_taken, a_wrong_key_is_refused,
])
