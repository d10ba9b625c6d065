"""check-deploy.py [FOLDER [PROGRAM]]: finds what is wrong with the files of deploy/, here without any server.

Kubernetes manifests against the schemas of their version, the compose file against the compose specification, the
Containerfile with hadolint, and what none of these knows: that the files agree with each other, and that the image
installs the packages of the libraries that PROGRAM (the release, where it is built) is linked against, and no others.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import compose_spec
import kubernetes_validate
import yaml

KUBERNETES = "1.31"
root = pathlib.Path(__file__).resolve().parent.parent
folder = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else root / "deploy"
program = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else root / ".build" / "release" / "millrace"
# Swift's own libraries go into the program of the image; the C library and the compiler's are part of every Debian.
PRESENT = re.compile(
    r"(libswift|lib_Foundation|libFoundation|libdispatch|libBlocksRuntime|ld-linux)|lib(c|m|gcc_s|pthread|dl)\.so"
)
# What no library's name tells: the zones of sessions.
BESIDE = {"tzdata"}
findings = []


def say(path, text):
    findings.append(f"{path.relative_to(folder.parent)}: {text}")


class UniqueLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: of two values one would be lost silently."""


def unique_mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=deep) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"{sorted(twice)} twice", node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


UniqueLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique_mapping)


def documents(path):
    try:
        return [document for document in yaml.load_all(path.read_text("utf-8"), UniqueLoader) if document]
    except yaml.YAMLError as error:
        say(path, " ".join(str(error).split()))
        return []


def check_kubernetes():
    objects = []
    for path in sorted((folder / "kubernetes").glob("*.yaml")):
        for document in documents(path):
            name = f"{document.get('kind')}/{document.get('metadata', {}).get('name')}"
            try:
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                place = ".".join(str(part) for part in getattr(error, "path", []))
                say(path, f"{name}: {place}: {getattr(error, 'message', error)}")
                continue
            objects.append((path, document))
    check_agreement(objects)


def check_agreement(objects):
    """What the schemas do not know: names and numbers that must be the same in several places."""
    services = {document["metadata"]["name"] for _, document in objects if document["kind"] == "Service"}
    configs = {document["metadata"]["name"]: document for _, document in objects if document["kind"] == "ConfigMap"}
    topology = {}
    for path, document in objects:
        for name, text in document.get("data", {}).items() if document["kind"] == "ConfigMap" else []:
            try:
                topology = json.loads(text)
            except json.JSONDecodeError as error:
                say(path, f"{name} is no JSON: {error}")
    for path, document in objects:
        if document["kind"] not in ("StatefulSet", "PodDisruptionBudget", "Service"):
            continue
        if document["kind"] == "StatefulSet":
            check_set(path, document, services, configs, topology)
        else:
            selector = document["spec"]["selector"]
            labels = selector.get("matchLabels", selector)
            pods = [pod(other) for _, other in objects if other["kind"] == "StatefulSet"]
            if not any(labels.items() <= labels_of(template).items() for template in pods):
                say(path, f"{document['kind']}/{document['metadata']['name']} selects no pod")


def pod(document):
    return document["spec"]["template"]


def labels_of(template):
    return template["metadata"]["labels"]


def check_set(path, document, services, configs, topology):
    spec, template = document["spec"], pod(document)
    name = document["metadata"]["name"]
    if spec["serviceName"] not in services:
        say(path, f"{name}: no Service is called {spec['serviceName']}")
    if not spec["selector"]["matchLabels"].items() <= labels_of(template).items():
        say(path, f"{name}: its selector does not select its own pods")
    volumes = {volume["name"]: volume for volume in template["spec"].get("volumes", [])}
    for volume in volumes.values():
        if "configMap" in volume and volume["configMap"]["name"] not in configs:
            say(path, f"{name}: no ConfigMap is called {volume['configMap']['name']}")
    claims = {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    for container in template["spec"]["containers"]:
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes.keys() | claims:
                say(path, f"{name}: no volume is called {mount['name']}")
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("port") not in ports:
                say(path, f"{name}: {probe} asks at the port {asked.get('port')}, which the container has not")
            if asked.get("path") != ("/ready" if probe == "readinessProbe" else "/health"):
                say(path, f"{name}: {probe} asks for {asked.get('path')}")
        check_arguments(path, name, spec, container, topology)


def check_arguments(path, name, spec, container, topology):
    words = container["args"]
    process = words[words.index("--process") + 1] if "--process" in words else None
    known = topology.get("processes", {}).get(process)
    if known is None:
        say(path, f"{name}: the topology has no process {process}")
        return
    nodes = topology.get("nodes", {})
    shards = max([nodes.get(node, {}).get("shards", 1) for node in known["nodes"]])
    if spec["replicas"] != shards:
        say(path, f"{name}: {spec['replicas']} replicas for {shards} shards")
    variables = {variable["name"]: variable for variable in container.get("env", [])}
    index = variables.get("SHARD", {}).get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
    if shards > 1 and ("$(SHARD)" not in words or index != "metadata.labels['apps.kubernetes.io/pod-index']"):
        say(path, f"{name}: the shard is not the pod's ordinal")


def check_compose():
    path = folder / "container" / "compose.yaml"
    loaded = documents(path)
    try:
        compose_spec.PyCompose.from_yaml(path.read_text("utf-8"))
    except Exception as error:  # The package's errors have no class of their own.
        say(path, " ".join(str(error).split()))
    for document in loaded:
        services = document.get("services", {})
        for name, service in services.items():
            for kind in ("secrets", "configs"):
                for used in service.get(kind, []):
                    source = used["source"] if isinstance(used, dict) else used
                    if source not in document.get(kind, {}):
                        say(path, f"{name}: there is nothing called {source} among the {kind}")
            for volume in service.get("volumes", []):
                if volume.split(":")[0] not in document.get("volumes", {}):
                    say(path, f"{name}: there is no volume {volume}")
            for other, condition in service.get("depends_on", {}).items():
                if other not in services:
                    say(path, f"{name}: there is no service {other}")
                elif condition["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                    say(path, f"{name}: waits for the health of {other}, which has no check")
            for variable, value in service.get("environment", {}).items():
                if re.search("PASSWORD|SECRET|TOKEN", variable) and not variable.endswith("_FILE"):
                    say(path, f"{name}: {variable} stands in the file: {'*' * len(str(value))}")
        for config in document.get("configs", {}).values():
            if not (path.parent / config["file"]).is_file():
                say(path, f"there is no file {config['file']}")


def check_containerfile():
    path = folder / "container" / "Containerfile"
    linter = pathlib.Path(sys.executable).parent / "hadolint"
    result = subprocess.run([linter, "--no-color", path], capture_output=True, text=True)
    for line in (result.stdout + result.stderr).splitlines():
        say(path, line.replace(f"{path}:", "line "))
    if result.returncode and not result.stdout + result.stderr:
        say(path, f"hadolint ends with {result.returncode}")


def check_libraries():
    """The packages that the image installs are those of the libraries that the program names. What these need in turn
    apt installs with them."""
    if not program.is_file() or not shutil.which("readelf") or not shutil.which("dpkg-query"):
        return
    path = folder / "container" / "Containerfile"
    last = path.read_text("utf-8").rpartition("\nFROM ")[2]
    listed = re.search(r"--no-install-recommends((?:[\s\\]+[a-z0-9][a-z0-9.+-]*)+)", last)
    installed = set(listed.group(1).replace("\\", " ").split()) if listed else set()
    dynamic = subprocess.run(["readelf", "--dynamic", program], capture_output=True, text=True, check=True).stdout
    names = [name for name in re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic) if not PRESENT.match(name)]
    found = subprocess.run(["dpkg-query", "--search"] + [f"*/{name}" for name in names], capture_output=True, text=True)
    owners = {}
    for line in found.stdout.splitlines():
        packages, _, file = line.rpartition(": ")
        owners.setdefault(file.rpartition("/")[2], set()).update(one.split(":")[0] for one in packages.split(", "))
    for name in names:
        if not owners.get(name, set()) & installed:
            owner = " or ".join(sorted(owners.get(name, {"no package"})))
            say(path, f"the program needs {name} of {owner}, which the image does not install")
    for package in sorted(installed - set().union(*owners.values()) - BESIDE):
        say(path, f"nothing in the program needs {package}")
    for package in sorted(BESIDE - installed):
        say(path, f"the program needs {package}, which the image does not install")


def check_prometheus():
    source = (root / "Sources" / "Status" / "MetricsText.swift").read_text("utf-8")
    known = set(re.findall(r'"((?:millrace|process)_[a-z_]+)"', source)) | {"up"}
    scrape = folder / "prometheus" / "prometheus.yml"
    for document in documents(scrape):
        for file in document.get("rule_files", []):
            if not (scrape.parent / file).is_file():
                say(scrape, f"there is no file {file}")
        targets = [
            target for job in document["scrape_configs"] for part in job["static_configs"] for target in part["targets"]
        ]
        if targets != ["millrace:9464"]:
            say(scrape, f"the compose file has millrace:9464, here {targets}")
    path = folder / "prometheus" / "alerts.yml"
    names = set()
    for group in [group for document in documents(path) for group in document["groups"]]:
        for rule in group["rules"]:
            extra = rule.keys() - {"alert", "expr", "for", "labels", "annotations"}
            if extra or rule["alert"] in names or not rule.get("annotations", {}).get("summary"):
                say(path, f"{rule.get('alert')}: a name twice, no summary, or unknown fields {sorted(extra)}")
            names.add(rule["alert"])
            for metric in re.findall(r"\b(?:millrace|process)_[a-z_]+\b|\bup\b", rule["expr"]):
                if metric not in known:
                    say(path, f"{rule['alert']}: nothing is called {metric}")
            if rule["expr"].count("(") != rule["expr"].count(")") or not re.fullmatch(
                r"[\w\s(){}=\"\[\]><.,!/*+-]+", rule["expr"]
            ):
                say(path, f"{rule['alert']}: {rule['expr']} is no expression")
            if not re.fullmatch(r"\d+[smhd]", rule.get("for", "0s")):
                say(path, f"{rule['alert']}: {rule['for']} is no duration")


check_kubernetes()
check_compose()
check_containerfile()
check_libraries()
check_prometheus()
print("\n".join(findings) if findings else "deploy: nothing to say")
sys.exit(1 if findings else 0)
