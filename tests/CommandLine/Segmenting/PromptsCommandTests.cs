using System.Diagnostics;
using System.Text.Json;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;
using SspNative.Model.Prompting;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Segmenting;

/// <summary><c>ssp prompts</c> and <c>ssp segment --prompts-server</c> against a server on this machine.</summary>
public sealed class PromptsCommandTests : IDisposable
{
    private const string A1 = "a man plays a \"piano\" at the left.\nA microphone stands.", A2 = "1. Piano\n2. The microphone\n3. A man.";

    private readonly TemporaryFolder _folder = new();
    private readonly string _clip;

    public PromptsCommandTests() => _clip = WriteClip("clip", sound: false);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoRequestsAreSentByteForByte()
    {
        using FakeServer server = FakeServer.Answering(A1, A2);
        CommandRun.Succeed(Ask(server));
        string shown = string.Concat(Enumerable.Range(0, 3).Select(t =>
            "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/jpeg;base64,"
            + Convert.ToBase64String(Fixtures.Solid((byte)(10 * t)).ToJpeg(90)) + "\"}},"));
        string first = "{\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":[" + shown
            + "{\"type\":\"text\",\"text\":\"Describe the video, give every object's location with their characteristic, "
            + "with a format of \\\"A NOUN VERB NOUN\\\", for example: \\\"a man plays a guitar\\\".\"}]}";
        string second = first + ",{\"role\":\"assistant\",\"content\":\"a man plays a \\\"piano\\\" at the left.\\nA microphone stands.\"}"
            + ",{\"role\":\"user\",\"content\":\"According to the video, with A1, give the NOUN word that potentially produce sound.\"}";
        const string end = "],\"model\":\"minicpm\"}";
        Assert.Equal(
            [("POST", "/v1/chat/completions", first + end), ("POST", "/v1/chat/completions", second + end)], server.Requests);
        Assert.Equal(new Prompts(A1, "piano, microphone, man"), Prompts.Load(_folder["prompts.json"]));
    }

    // Before anybody is asked.
    [Fact]
    public void TheAnswersDoNotReplaceTheClipAndHaveAFolder()
    {
        using FakeServer server = FakeServer.Answering(A1, A2);
        File.WriteAllText(_folder["mine.mkv"], "mine");
        CommandRun.AssertRefused(
            "this is the file that is read",
            "prompts", _folder["mine.mkv"], "--server", server.Url, "--out", _folder["mine.mkv"], "--overwrite");
        Assert.Equal("mine", File.ReadAllText(_folder["mine.mkv"]));
        CommandRun.AssertRefused($"there is no folder {_folder["none"]}", "prompts", _clip, "--server", server.Url, "--out", _folder["none/p.json"]);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void WhatWasAskedBeforeNeedsNoServer()
    {
        string[] again;
        using (FakeServer server = FakeServer.Answering(A1, A2))
        {
            again = Ask(server);
            CommandRun.Succeed(again);
            Assert.Equal(2, server.Requests.Count);
        }
        string before = File.ReadAllText(_folder["prompts.json"]);
        Assert.Contains("asked before", CommandRun.Succeed([.. again, "--overwrite"]));
        Assert.Equal(before, File.ReadAllText(_folder["prompts.json"]));
        CommandRun.AssertRefused("the server cannot be asked", [.. again, "--overwrite", "--questions", "d"]);
        CommandRun.AssertRefused("the server cannot be asked", [.. again.Select(a => a == "minicpm" ? "other" : a), "--overwrite"]);
        CommandRun.AssertRefused("the server cannot be asked", [.. again.Select(a => a == _folder["cache"] ? "none" : a), "--overwrite"]);
        Assert.Equal(before, File.ReadAllText(_folder["prompts.json"]));
    }

    [Fact]
    public void TheVariantsOfFigure7AreAskedByThePapersLetters()
    {
        string[] firsts =
        [
            "Describe the video.",
            "Describe the video with every objects location.",
            "Describe the video, give every objects location with their characteristic, with a format of \"A NOUN VERB NOUN\".",
            "Describe the video, give every objects location with their characteristic, with a format of \"A NOUN VERB NOUN\", "
            + "for example: \"a man plays a guitar\".",
        ];
        foreach ((string letter, string first) in ((string[])["a", "b", "c", "d"]).Zip(firsts))
        {
            using FakeServer server = FakeServer.Answering(A1, A2);
            CommandRun.Succeed([.. Ask(server), "--questions", letter, "--overwrite"]);
            using JsonDocument request = JsonDocument.Parse(server.Requests[1].Body);
            JsonElement[] messages = [.. request.RootElement.GetProperty("messages").EnumerateArray()];
            Assert.Equal(first, messages[0].GetProperty("content")[3].GetProperty("text").GetString());
            Assert.Equal("According to the video, with Answer1, give the NOUN word that produce sound.", messages[2].GetProperty("content").GetString());
        }
    }

    [Fact]
    public void TheSoundIsSentAlongAndLeftOutWhereTheServerRefusesIt()
    {
        string clip = WriteClip("heard", sound: true);
        using (FakeServer server = FakeServer.Answering(A1, A2))
        {
            CommandRun.Succeed(Ask(server, clip));
            Assert.All(server.Requests, r => Assert.Contains("\"input_audio\":{\"data\":\"UklGR", r.Body));
            CommandRun.Succeed([.. Ask(server, clip), "--no-sound", "--overwrite"]);
            Assert.All(server.Requests.Skip(2), r => Assert.DoesNotContain("input_audio", r.Body));
        }
        using FakeServer deaf = new(body => body.Contains("input_audio", StringComparison.Ordinal)
            ? (400, """{"error": {"message": "audio input is not supported"}}""")
            : (200, FakeServer.Completion(body.Contains("\"assistant\"", StringComparison.Ordinal) ? A2 : A1)));
        CommandRun.Succeed([.. Ask(deaf, clip, _folder["other"]), "--overwrite"]);
        Assert.Equal(3, deaf.Requests.Count);
        Assert.Equal("piano, microphone, man", Prompts.Load(_folder["prompts.json"]).A2);
        // What it said without hearing is no answer of one that hears.
        using FakeServer hearing = FakeServer.Answering(A1, "a violin");
        CommandRun.Succeed([.. Ask(hearing, clip, _folder["other"]), "--overwrite"]);
        Assert.Equal(2, hearing.Requests.Count);
        Assert.Equal("violin", Prompts.Load(_folder["prompts.json"]).A2);
    }

    [Fact]
    public void FailuresAreTriedAgainButNotForEver()
    {
        int left = 2;
        using (FakeServer busy = new(body => left-- > 0 ? (503, "{}") : (200, FakeServer.Completion("a dog barks"))))
        {
            CommandRun.Succeed(Ask(busy));
            Assert.Equal(4, busy.Requests.Count);
        }
        using FakeServer broken = new(_ => (500, "{}"));
        CommandRun.AssertRefused($"{broken.Url}: the server answers with status 500", [.. Ask(broken, cache: "none"), "--overwrite"]);
        Assert.Equal(3, broken.Requests.Count);
    }

    // A server may ask for days.
    [Fact]
    public void AServerIsNotWaitedForLongerThanForAnAnswer()
    {
        using FakeServer busy = new(_ => (429, "{}")) { RetryAfter = 100_000 };
        var clock = Stopwatch.StartNew();
        // Nor is it asked again without the sound, which is not what it refuses.
        CommandRun.AssertRefused($"{busy.Url}: the server answers with status 429", [.. Ask(busy, WriteClip("heard", sound: true)), "--timeout", "1"]);
        Assert.Equal(3, busy.Requests.Count);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[]}")]
    public void AnAnswerThatIsNoneIsOneLine(string body)
    {
        using FakeServer server = new(_ => (200, body));
        CommandRun.AssertRefused($"{server.Url}: the server cannot be asked: its answer is no chat completion", Ask(server));
        Assert.False(File.Exists(_folder["prompts.json"]));
        string root = server.Url[..^"/v1".Length];
        CommandRun.AssertRefused("most servers' addresses end in /v1", [.. Ask(server).Select(a => a == server.Url ? root : a)]);
    }

    [Theory]
    [InlineData("<think>\nA dog, a cat?\n</think>\n\n")]
    [InlineData("A dog, a cat?\n</think>")]
    public void WhatAModelThinksIsNoAnswer(string thought)
    {
        using FakeServer server = FakeServer.Answering(thought + A1, thought + A2);
        CommandRun.Succeed(Ask(server));
        Assert.Equal(new Prompts(A1, "piano, microphone, man"), Prompts.Load(_folder["prompts.json"]));
        using FakeServer cut = FakeServer.Answering("<think>\nA dog, a", A2);
        CommandRun.AssertRefused("the answer to the first question is empty", [.. Ask(cut, cache: "none"), "--overwrite"]);
    }

    [Fact]
    public void AnswersWithoutWordsAreNamed()
    {
        using FakeServer silent = FakeServer.Answering(" ", A2), vague = FakeServer.Answering(A1, "...");
        CommandRun.AssertRefused("the answer to the first question is empty", Ask(silent));
        CommandRun.AssertRefused("has no noun: \"...\"", Ask(vague));
        CommandRun.AssertRefused("not a server's address", "prompts", _clip, "--server", "localhost", "--out", _folder["prompts.json"]);
        CommandRun.AssertRefused("no such", "prompts", _folder["none.mp4"], "--server", silent.Url, "--out", _folder["prompts.json"]);
    }

    [Fact]
    public void SeveralClipsAreOneFileFromWhichEachIsTaken()
    {
        string other = WriteClip("other", sound: false, frames: 2);
        using FakeServer server = FakeServer.Answering(A1, A2);
        CommandRun.Succeed("prompts", _clip, other, "--server", server.Url, "--out", _folder["all.json"], "--prompts-cache", _folder["cache"]);
        Assert.Equal(4, server.Requests.Count);
        Assert.Equal("piano, microphone, man", Prompts.Load(_folder["all.json"], "other").A2);
        Assert.Contains("no prompts of \"third\"", Assert.Throws<Engine.InputException>(() => Prompts.Load(_folder["all.json"], "third")).Message);
        CommandRun.AssertRefused("two clips are named other", "prompts", other, other, "--server", server.Url, "--out", _folder["two.json"]);
    }

    [Fact]
    public void SegmentAsksTheServerItself()
    {
        using FakeServer server = FakeServer.Answering(A1, A2);
        string[] segment =
        [
            "segment", _clip, "--out", _folder["result"], "--flow", "none", "--prompts-server", server.Url, "--prompts-cache", _folder["cache"],
        ];
        CommandRun.Succeed(segment);
        Assert.Equal(2, server.Requests.Count);
        File.WriteAllText(_folder["prompts.json"], JsonSerializer.Serialize(new Dictionary<string, string> { ["A1"] = A1, ["A2"] = "piano, microphone, man" }));
        CommandRun.Succeed("segment", _clip, "--out", _folder["same"], "--flow", "none", "--prompts", _folder["prompts.json"]);
        foreach (string mask in Directory.GetFiles(_folder["result/masks"]))
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["same/masks"], Path.GetFileName(mask))), File.ReadAllBytes(mask));
        CommandRun.AssertRefused("use one of them", [.. segment, "--prompts", _folder["prompts.json"]]);
        CommandRun.AssertRefused("--questions has no effect", "segment", _clip, "--out", _folder["result"], "--questions", "d");
    }

    [Fact]
    public void AnExistingFileIsNobodysToReplace()
    {
        File.WriteAllText(_folder["prompts.json"], "mine");
        using FakeServer server = FakeServer.Answering(A1, A2);
        CommandRun.AssertRefused("the file exists", Ask(server));
        Assert.Equal("mine", File.ReadAllText(_folder["prompts.json"]));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void LongClipsAreShownByAFewFramesAndLargeOnesSmaller()
    {
        string clip = WriteClip("long", sound: false, frames: ClipPrompter.MostFrames * 2);
        new Image(2 * ClipPrompter.LongestSide, 10).SavePng(_folder["wide.png"]);
        using FakeServer server = FakeServer.Answering(A1, A2);
        CommandRun.Succeed(Ask(server, clip));
        Assert.Equal(ClipPrompter.MostFrames, server.Requests[0].Body.Split("image_url\":{").Length - 1);
        CommandRun.Succeed([.. Ask(server, _folder["wide.png"]), "--overwrite"]);
        using JsonDocument request = JsonDocument.Parse(server.Requests[2].Body);
        string url = request.RootElement.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("image_url").GetProperty("url").GetString()!;
        Image shown = Image.Decode(Convert.FromBase64String(url[(url.IndexOf(',') + 1)..]), "shown");
        Assert.Equal((ClipPrompter.LongestSide, 5), (shown.Width, shown.Height));
    }

    private string[] Ask(FakeServer server, string? clip = null, string? cache = null) =>
    [
        "prompts", clip ?? _clip, "--server", server.Url, "--model", "minicpm", "--out", _folder["prompts.json"], "--prompts-cache",
        cache ?? _folder["cache"],
    ];

    private string WriteClip(string name, bool sound, int frames = 3)
    {
        for (int t = 0; t < frames; t++)
            Fixtures.Solid((byte)(10 * t)).SavePng(_folder[$"{name}/frames/{t}.png"]);
        if (sound)
            Fixtures.WriteWav(_folder[$"{name}/audio.wav"], frames);
        return _folder[name];
    }
}
