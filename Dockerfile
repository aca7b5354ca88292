# Two images from one file:
#
#   docker build --target builder  -t imagebuild-builder .    what runs in a build pod
#   docker build --target operator -t imagebuild-operator .   the controller
#
# `podman build` takes the same arguments.

ARG PYTHON_VERSION=3.13
ARG BUILDKIT_VERSION=0.34.2

FROM docker.io/library/python:${PYTHON_VERSION}-slim AS python
# Imports come from here and from the standard library, never from the working directory.
ENV PYTHONPATH=/opt/imagebuild \
    PYTHONSAFEPATH=1

FROM docker.io/moby/buildkit:v${BUILDKIT_VERSION}-rootless AS buildkit


# What the project depends on: every file is checked against the lock's hashes as it comes in. A
# build without a package index replaces this stage by a context of the same name that holds them.
FROM python AS download
COPY requirements.lock ./
RUN pip download --quiet --require-hashes --dest /wheels --requirement requirements.lock

FROM scratch AS wheels
COPY --from=download /wheels /

# A layer of its own: an edit of the code leaves it as it is.
FROM python AS packages
WORKDIR /src
COPY pyproject.toml ./
RUN --mount=type=bind,from=wheels,target=/wheels \
    python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > dependencies.txt \
 && pip install --quiet --no-index --find-links /wheels --target /opt/packages \
      --requirement dependencies.txt \
 && grep -E '^(ahocorasick-rs|backports-zstd|detect-secrets|e2b-dockerfile-utils)' dependencies.txt > worker.txt \
 && pip install --quiet --no-index --find-links /wheels --target /opt/worker-packages \
      --requirement worker.txt


# --- builder: rootless BuildKit and the worker -----------------------------------------------

# The two rooms that the worker consists of; hash-based .pyc stay valid whatever a copy does to
# the times of the sources.
FROM python AS worker
COPY operator/imagebuild/__init__.py /opt/imagebuild/imagebuild/
COPY operator/imagebuild/contract /opt/imagebuild/imagebuild/contract
COPY operator/imagebuild/worker /opt/imagebuild/imagebuild/worker
RUN python -m compileall -q --invalidation-mode unchecked-hash /opt/imagebuild

FROM python AS builder
# newuidmap and newgidmap get file capabilities instead of the setuid bit: with that bit they need
# more than SETUID and SETGID, which is all a build pod has. The ids in subuid and subgid stay
# within the 65536 of a pod's own user namespace and leave out 1000, the user itself. What is left
# out of packages are 110 MB: skopeo draws in network plugins, git the modules of Perl; the parts
# of both that are used here need neither. The daemon adds a build's own authorities to the system's
# file: BuildKit calls git with an environment in which no other can be named.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      --option Dpkg::Options::=--path-exclude=/usr/lib/cni/* \
      --option Dpkg::Options::=--path-exclude=/usr/lib/*/libperl.* \
      --option Dpkg::Options::=--path-exclude=/usr/lib/*/perl/* \
      --option Dpkg::Options::=--path-exclude=/usr/share/perl/* \
      --option Dpkg::Options::=--path-exclude=/usr/share/locale/* \
      --option Dpkg::Options::=--path-exclude=/usr/lib/openssh/* \
      ca-certificates git libcap2-bin openssh-client skopeo uidmap \
 && chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap \
 && setcap cap_setuid+ep /usr/bin/newuidmap \
 && setcap cap_setgid+ep /usr/bin/newgidmap \
 && apt-get purge --yes --auto-remove libcap2-bin \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && chown 1000:1000 /etc/ssl/certs/ca-certificates.crt \
 && useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin user \
 && printf 'user:1:999\nuser:1001:64535\n' | tee /etc/subuid > /etc/subgid \
 && install --directory --owner=1000 --group=1000 --mode=0700 \
      /run/user/1000 /home/user /home/user/.local /home/user/.local/tmp \
      /home/user/.local/share /home/user/.local/share/buildkit
COPY --from=buildkit \
     /usr/bin/buildkitd /usr/bin/buildctl /usr/bin/buildkit-runc /usr/bin/rootlesskit /usr/bin/
ENV PYTHONPATH=/opt/imagebuild:/opt/packages
COPY --from=packages /opt/worker-packages /opt/packages
COPY --from=worker /opt/imagebuild /opt/imagebuild
COPY operator/bin/docker-credential-imagebuild /usr/local/bin/
# Python images ship the standard library uncompiled: one import as root leaves the .pyc of what
# is needed, and shows that nothing is missing.
RUN python -c 'import imagebuild.worker.__main__, imagebuild.worker.daemon, imagebuild.worker.progress' \
 && python -c 'from imagebuild.worker import explained, trust; import ssl' \
 && python -c 'from imagebuild.worker.contexts import download, git, oci, volume' \
 && python -c 'from imagebuild.worker.leak import guard' \
 && ssh -V \
 && if docker-credential-imagebuild get < /dev/null > /tmp/said; then exit 1; fi \
 && grep --fixed-strings 'credentials not found' /tmp/said \
 && rm /tmp/said
ENV HOME=/home/user \
    USER=user \
    XDG_RUNTIME_DIR=/run/user/1000 \
    TMPDIR=/home/user/.local/tmp
USER 1000:1000
ENTRYPOINT ["python", "-m", "imagebuild.worker"]


# --- operator: the controller ----------------------------------------------------------------

FROM python AS controller
COPY operator/imagebuild /opt/imagebuild/imagebuild
RUN python -m compileall -q --invalidation-mode unchecked-hash /opt/imagebuild

FROM python AS operator
ENV PYTHONPATH=/opt/imagebuild:/opt/packages
COPY --from=packages /opt/packages /opt/packages
COPY --from=controller /opt/imagebuild /opt/imagebuild
RUN python -c 'import imagebuild.controller.__main__'
# The user has no entry in /etc/passwd, and kopf asks for its name.
ENV LOGNAME=imagebuild
USER 65532:65532
ENTRYPOINT ["python", "-m", "imagebuild.controller"]
