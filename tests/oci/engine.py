# SPDX-License-Identifier: MIT
"""What container engines give a container that nobody has asked anything special for."""
import json
import os

# Podman's. Docker's lets nobody make a namespace or mount without CAP_SYS_ADMIN.
PROFILE = "/usr/share/containers/seccomp.json"
CAPABILITIES = ["CAP_" + name for name in (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE "
    "SYS_CHROOT KILL AUDIT_WRITE").split()]
ONLY_OF_ADMIN = set(
    "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount "
    "open_tree perf_event_open pivot_root quotactl setdomainname sethostname setns syslog umount umount2 "
    "unshare".split())
NEW_NAMESPACES = 0x7e020000
ENOSYS = 38
MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def seccomp():
    """Docker's default profile as linux.seccomp has it, or None where Podman's, of which it is made, is
    not installed."""
    if not os.path.exists(PROFILE):
        return None
    with open(PROFILE, encoding="utf-8") as text:
        profile = json.load(text)

    def holds(rule):
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        return (all(cap in CAPABILITIES for cap in includes.get("caps") or []) and
                "amd64" in (includes.get("arches") or ["amd64"]) and
                not any(cap in CAPABILITIES for cap in excludes.get("caps") or []) and
                "amd64" not in (excludes.get("arches") or []))

    rules = [{key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key)}
             for rule in profile["syscalls"] if holds(rule)]
    for rule in rules:
        rule["names"] = [name for name in rule["names"] if name not in ONLY_OF_ADMIN]
    rules = [rule for rule in rules if rule["names"]]
    rules += [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
                  {"index": 0, "value": NEW_NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
              {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS}]
    return {"defaultAction": profile["defaultAction"], "architectures": ["SCMP_ARCH_X86_64"],
            **({"defaultErrnoRet": profile["defaultErrnoRet"]} if "defaultErrnoRet" in profile else {}),
            "syscalls": rules}


def config(args, filtered=True, uid=0, proc=True, read_only=True, mapped=0, more=()):
    """A default container of this machine's own files. mapped: what root is outside, in a user namespace."""
    profile = seccomp() if filtered else None
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"}] if proc else []
    mounts += [
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
         "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
         "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=1777"]}]
    mounts += [{"destination": "/" + name, "type": "bind", "source": os.path.realpath("/" + name),
                "options": ["rbind", "ro"]} for name in ("usr", "etc", "lib", "lib64", "bin", "sbin")
               if os.path.exists("/" + name)]
    held = CAPABILITIES if uid == 0 else []
    kinds = ["pid", "ipc", "uts", "mount", "network"] + ["user"] * bool(mapped)
    maps = [{"containerID": 0, "hostID": mapped, "size": 65536}]
    return {
        "ociVersion": "1.0.2", "hostname": "box", "root": {"path": "rootfs", "readonly": read_only},
        "mounts": mounts + list(more),
        "process": {"terminal": False, "user": {"uid": uid, "gid": uid}, "args": list(args), "cwd": "/",
                    "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "LC_ALL=C"],
                    "capabilities": {"bounding": CAPABILITIES, "effective": held, "permitted": held}},
        "linux": {"namespaces": [{"type": kind} for kind in kinds],
                  **({"uidMappings": maps, "gidMappings": maps} if mapped else {}),
                  **({"maskedPaths": MASKED, "readonlyPaths": READ_ONLY} if proc else {}),
                  **({"seccomp": profile} if profile else {})},
    }
