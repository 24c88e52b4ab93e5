"""The description of the interface for programs, read by a validator of OpenAPI 3.1."""
import json
import os
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

URL = os.environ["LINLI_URL"].rstrip("/")
with urllib.request.urlopen(f"{URL}/api/openapi.json") as answer:
    document = json.load(answer)
problems = list(OpenAPIV31SpecValidator(document).iter_errors())
for problem in problems:
    print("/".join(str(part) for part in problem.absolute_path), problem.message)
version = document["openapi"]
valid = version.startswith("3.1.") and not problems and len(document["paths"]) > 5
print("ok" if valid else "not ok", f"openapi: {version} is described as it is to be")
