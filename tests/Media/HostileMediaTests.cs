using System.Diagnostics;
using SspNative.Engine;
using SspNative.Model.Media;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Media;

/// <summary>What ffprobe and ffmpeg write is input like any other: scripts of their names, first on the PATH, write nonsense.</summary>
public sealed class HostileMediaTests : IDisposable
{
    private const string Video = """{"streams": [{"codec_type": "video", "duration": "3.0"}, {"codec_type": "audio"}]}""";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly string _clip;

    public HostileMediaTests()
    {
        _clip = _folder["clip.mp4"];
        File.WriteAllText(_clip, "any");
        Environment.SetEnvironmentVariable("PATH", _folder.Path + Path.PathSeparator + _path);
    }

    [SkippableTheory]
    [InlineData("no JSON", "not JSON")]
    [InlineData("", "not JSON")]
    [InlineData("{}", "without a list of tracks")]
    [InlineData("[]", "without a list of tracks")]
    [InlineData("""{"streams": {}}""", "without a list of tracks")]
    [InlineData("""{"streams": [3, "a", null, []]}""", "no video track")]
    [InlineData("""{"streams": [{"codec_type": 3}]}""", "no video track")]
    [InlineData("""{"streams": [{"codec_type": "video", "duration": "NaN"}]}""", "unknown length")]
    [InlineData("""{"streams": [{"codec_type": "video", "duration": "-1"}], "format": []}""", "unknown length")]
    [InlineData("""{"streams": [{"codec_type": "video", "duration": []}], "format": {"duration": null}}""", "unknown length")]
    [InlineData("""{"streams": [{"codec_type": "video", "duration": "1e300"}]}""", "at most 36000")]
    [InlineData("""{"streams": [{"codec_type": "video", "duration": "Infinity"}]}""", "at most 36000")]
    [InlineData("""{"streams": [{"codec_type": "\ud800"}]}""", "surrogate")]
    public void WhatFfprobeAnswersIsChecked(string answer, string reason)
    {
        Probe(answer);
        Assert.Contains(reason, Error(() => ClipSource.Open(_clip)));
    }

    [SkippableTheory]
    [InlineData("2.5")]
    [InlineData("\"2.5\"")]
    public void ADurationMayBeANumber(string duration)
    {
        Probe("{\"streams\": [{\"codec_type\": \"video\", \"duration\": " + duration + ", \"disposition\": {\"attached_pic\": \"0\"}}]}");
        Assert.Equal(5, ClipSource.Open(_clip, 2).FrameCount);
    }

    [SkippableFact]
    public void AnEndlessAnswerIsCutOff()
    {
        Script("ffprobe", "yes");
        Assert.Contains("more than", Error(() => ClipSource.Open(_clip)));
    }

    [SkippableTheory]
    [InlineData("printf 'P6\\n30000 30000\\n255\\n'", "64 megapixels")]
    [InlineData("printf 'P6\\n-1 5\\n255\\n'", "-1×5")]
    [InlineData("printf 'P6\\n0 0\\n255\\n'", "0×0")]
    [InlineData("printf 'P6\\n4 4\\n65535\\n'", "no picture")]
    [InlineData("printf 'P6\\n4 4\\n255\\nabc'", "within a frame")]
    [InlineData("tr '\\0' x < /dev/zero", "no picture")]
    [InlineData("printf 'P6\\n'; tr '\\0' 1 < /dev/zero", "no picture")]
    [InlineData("printf 'P6\\n1 1\\n255\\nabcP6\\n2 1\\n255\\nabcdef'", "2×1")]
    [InlineData("true", "no frames could be decoded")]
    [InlineData("echo '[mp4 @ 0x1] torn' >&2; exit 1", "(torn)")]
    [InlineData("yes torn >&2 & sleep 0.2; kill $!", "(torn)")]
    public void PicturesFromFfmpegAreChecked(string script, string reason)
    {
        Probe(Video);
        Script("ffmpeg", script);
        Assert.Contains(reason, Error(() => ClipSource.Open(_clip).Frames().Count()));
    }

    [SkippableTheory]
    [InlineData("sleep 100")]
    [InlineData("sleep 100 & sleep 100")]
    [InlineData("exec >&-; sleep 100")]
    public void AProgramThatHangsIsStopped(string hang)
    {
        Environment.SetEnvironmentVariable("SSP_MEDIA_TIMEOUT", "0.3");
        Script("ffprobe", hang);
        Assert.Contains("ffprobe wrote nothing for 0.3 s", Error(() => ClipSource.Open(_clip)));
        Probe(Video);
        Script("ffmpeg", hang);
        if (!hang.StartsWith("exec", StringComparison.Ordinal))
        {
            Assert.Contains("ffmpeg wrote nothing for 1.3 s", Error(() => ClipSource.Open(_clip).Frames().Count()));
            Assert.Contains("ffmpeg wrote nothing for 0.3 s", Error(() => ClipSource.Open(_clip).Audio()));
        }
    }

    [SkippableFact]
    public void SoundIsReadNoLongerThanThePictures()
    {
        Probe(Video);
        Script("ffmpeg", "cat /dev/zero");
        Assert.Equal(4 * ClipSource.AudioRate, Costs.Within(() => ClipSource.Open(_clip).Audio()).Length);
        Script("ffmpeg", "printf a");
        Assert.Contains("no sound could be decoded", Error(() => ClipSource.Open(_clip).Audio()));
    }

    [SkippableFact]
    public void APictureMayComeInPieces()
    {
        Probe("""{"streams": [{"codec_type": "video", "duration": "1"}]}""");
        Script("ffmpeg", "printf 'P6\\n2 '; sleep 0.1; printf '1\\n255\\nabc'; sleep 0.1; printf 'def'");
        Assert.Equal("abcdef"u8.ToArray(), Assert.Single(ClipSource.Open(_clip).Frames()).Rgb);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Environment.SetEnvironmentVariable("SSP_MEDIA_TIMEOUT", null);
        _folder.Dispose();
    }

    private void Probe(string answer)
    {
        File.WriteAllText(_folder["answer.json"], answer);
        Script("ffprobe", $"cat '{_folder["answer.json"]}'");
    }

    private void Script(string name, string text)
    {
        Skip.If(OperatingSystem.IsWindows(), "the programs are shell scripts");
        string path = _folder[name];
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Error(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        string message = Assert.Throws<InputException>(action).Message;
        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 5, "took too long");
        Assert.StartsWith(_clip, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
