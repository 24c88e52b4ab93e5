import base64
import io
import itertools

# The client was written for a Python that had it.
itertools.ifilter = filter

from checks import BASE, KEY, run  # noqa: E402
from three import Three  # noqa: E402

city = Three(BASE, api_key=KEY)
# One grey point, as a JPEG.
PHOTO = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcp"
    "LDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AVN//2Q==")


def discovery_names_the_endpoint():
    found = city.discovery()
    assert found["endpoints"][0]["specification"].endswith("GeoReport_v2")
    assert found["endpoints"][0]["url"].startswith("http")


def services_are_read():
    all_of_them = city.services()
    assert len(all_of_them) > 20
    code = all_of_them[0]["service_code"]
    assert city.services(code)["service_code"] == code


def requests_are_read_by_date_and_page():
    assert len(city.requests(count=2)) == 2
    assert isinstance(city.requests(between=["01-01-2020", "02-01-2020"]), list)
    assert city.requests(status="closed")[0]["status"] == "closed"


def a_report_with_a_photo_is_taken():
    code = next(s for s in city.services() if not s["metadata"])["service_code"]
    made = city.post(code, address="望潮街道", name="Zhou San", phone="13800008888",
                     description="three：垃圾没清运", media=io.BytesIO(PHOTO))
    number = made[0]["service_request_id"]
    assert city.request(number)[0]["description"] == "three：垃圾没清运"


def a_missing_place_is_told():
    told = city.post("NOPE", description="x")
    assert told[0]["code"] == 404, told


run("three", [
    discovery_names_the_endpoint, services_are_read, requests_are_read_by_date_and_page,
    a_report_with_a_photo_is_taken, a_missing_place_is_told,
])
