from checks import BASE, run
from georeport import GeoReport

json = GeoReport(BASE)
xml = GeoReport(BASE, output_format="xml")


def services_agree_in_both_formats():
    left, right = json.get_service_list(), xml.get_service_list()
    assert [s["service_code"] for s in left] == [s["service_code"] for s in right]
    assert len(left) > 20
    for one, other in zip(left, right):
        assert str(one["metadata"]).lower() == other["metadata"]
        assert one["service_name"] == other["service_name"]


def definitions_agree_in_both_formats():
    asking = [s for s in json.get_service_list() if s["metadata"]]
    assert asking
    for service in asking[:5]:
        left = json.get_service_definition(service["service_code"])
        right = xml.get_service_definition(service["service_code"])
        many = right["attributes"]["attribute"]
        many = many if isinstance(many, list) else [many]
        assert [a["code"] for a in left["attributes"]] == [a["code"] for a in many]
        assert all(int(a["order"]) >= 1 for a in many)


def requests_agree_in_both_formats():
    left, right = json.get_service_requests(), xml.get_service_requests()
    assert len(left) > 1
    ids = [r["service_request_id"] for r in left]
    assert ids == [r["service_request_id"] for r in right]
    assert len(set(ids)) == len(ids)


def requests_are_narrowed_by_status_and_id():
    for status in ("open", "closed"):
        assert all(r["status"] == status for r in json.get_service_requests(status=status))
    first, second = [r["service_request_id"] for r in json.get_service_requests()][:2]
    both = json.get_service_requests(service_request_id=f"{first},{second}")
    assert {r["service_request_id"] for r in both} == {first, second}


def one_request_is_the_same_in_both_formats():
    number = json.get_service_requests()[0]["service_request_id"]
    left, right = json.get_service_request(number), xml.get_service_request(number)
    assert left["description"].strip() == right["description"].strip()
    assert left["requested_datetime"] == right["requested_datetime"]


run("georeport", [
    services_agree_in_both_formats, definitions_agree_in_both_formats,
    requests_agree_in_both_formats, requests_are_narrowed_by_status_and_id,
    one_request_is_the_same_in_both_formats,
])
