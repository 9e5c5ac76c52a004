using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using SspNative.Cli.Serving;
using SspNative.Cli.Terminal;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Serving;

/// <summary><c>ssp serve</c>: clips go in by HTTP, their pages come out; what does not belong is refused, and nothing of this machine gets out.</summary>
[LeakCheck]
public sealed class ServeTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<CommandRun> _server;
    private readonly HttpClient _client;
    private readonly int _port;

    public ServeTests()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        _server = Task.Run(() => CommandRun.Of(
            _stop.Token, "serve", "--port", $"{_port}", "--max-size", "1", "--max-queue", "2", "--keep", "3", "--task", "avss"));
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}/") };
        // A connection that is kept may be closed by the server just when it is used again.
        _client.DefaultRequestHeaders.ConnectionClose = true;
    }

    public void Dispose()
    {
        _client.Dispose();
        _stop.Cancel();
        _server.Wait();
        _stop.Dispose();
    }

    [SkippableFact]
    public async Task TwoClientsGetThePagesOfTheirClips()
    {
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        await Answers();
        byte[] clip = await File.ReadAllBytesAsync(Repository.Path("examples/clock-and-guitar.mp4"));
        JsonNode[] sent = await Task.WhenAll(Post("result", clip), Post("../../two ‮.mp4", clip));
        Assert.Equal(["result", "two.mp4"], sent.Select(s => s["name"]!.GetValue<string>()));
        foreach (JsonNode one in sent)
        {
            JsonNode end = await End(one["id"]!.GetValue<string>());
            Assert.Equal("done", end["state"]!.GetValue<string>());
            string page = await _client.GetStringAsync(end["page"]!.GetValue<string>());
            Assert.Contains("\"name\":\"clock\"", page);
            Assert.Contains("3,16,clock", await _client.GetStringAsync($"{end["page"]}timeline.csv"));
            await AssertParts(end["page"]!.GetValue<string>());
            Assert.Equal(
                "image/png", (await _client.GetAsync(new Uri($"{end["page"]}masks/0000.png", UriKind.Relative))).Content.Headers.ContentType!.MediaType);
            foreach (string other in (string[])
                ["../", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "masks", "masks/..%2f..%2fupload", "..%2fupload%2fresult"])
                Assert.Equal(
                    HttpStatusCode.NotFound, (await Raw($"GET {end["page"]}{other} HTTP/1.1\r\nHost: 127.0.0.1:{_port}\r\nConnection: close\r\n\r\n")).Code);
        }
        await Ends();
    }

    // Players of videos ask for parts, and some people for the head alone.
    private async Task AssertParts(string page)
    {
        byte[] whole = await _client.GetByteArrayAsync(page);
        foreach ((string asked, int from, int count) in ((string, int, int)[])
            [
                ("bytes=0-1", 0, 2), ("bytes=10-", 10, whole.Length - 10), ("bytes=-7", whole.Length - 7, 7),
                ($"bytes=5-{whole.Length + 99}", 5, whole.Length - 5),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, page);
            request.Headers.TryAddWithoutValidation("Range", asked);
            using HttpResponseMessage part = await _client.SendAsync(request);
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal($"bytes {from}-{from + count - 1}/{whole.Length}", part.Content.Headers.ContentRange!.ToString());
            Assert.Equal(whole[from..(from + count)], await part.Content.ReadAsByteArrayAsync());
        }
        foreach ((string asked, HttpStatusCode code) in ((string, HttpStatusCode)[])
            [
                ($"bytes={whole.Length}-", HttpStatusCode.RequestedRangeNotSatisfiable), ("bytes=-0", HttpStatusCode.RequestedRangeNotSatisfiable),
                ("bytes=5-3", HttpStatusCode.OK), ("bytes=-", HttpStatusCode.OK), ("bytes=0-1,3-4", HttpStatusCode.OK), ("lines=1-2", HttpStatusCode.OK),
                ("bytes=99999999999999999999-", HttpStatusCode.OK),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, page);
            request.Headers.TryAddWithoutValidation("Range", asked);
            Assert.Equal(code, (await _client.SendAsync(request)).StatusCode);
        }
        using HttpResponseMessage head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, page));
        Assert.Equal((HttpStatusCode.OK, whole.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Equal("bytes", head.Headers.AcceptRanges.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080", true)]
    [InlineData("127.0.0.1:8080", "localhost:8080", true)]
    [InlineData("127.0.0.1:8080", "127.0.0.1", false)]
    [InlineData("127.0.0.1:8080", "evil.example:8080", false)]
    [InlineData("127.0.0.1:80", "127.0.0.1", true)]
    [InlineData("127.0.0.1:80", "localhost", true)]
    [InlineData("127.0.0.1:80", "localhost:80", true)]
    [InlineData("127.0.0.1:80", "evil.example", false)]
    [InlineData("127.0.0.1:80", null, false)]
    public void TheUsualPortIsLeftOut(string authority, string? host, bool isOurs) => Assert.Equal(isOurs, ClipServer.IsNameOf(authority, host));

    [Fact]
    public async Task WhatDoesNotBelongIsRefused()
    {
        await Answers();
        Assert.Contains("Drop a clip here", await _client.GetStringAsync("/"));
        JsonNode broken = await End((await Post("notes.txt", Encoding.UTF8.GetBytes("no video")))["id"]!.GetValue<string>());
        Assert.Equal("failed", broken["state"]!.GetValue<string>());
        Assert.DoesNotContain(Path.GetTempPath(), broken["error"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _client.PostAsync("/clips", new ByteArrayContent(new byte[(1 << 20) + 1]))).StatusCode);
        Assert.Equal(
            HttpStatusCode.RequestEntityTooLarge,
            (await Raw($"POST /clips HTTP/1.1\r\nHost: 127.0.0.1:{_port}\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n")).Code);
        Assert.Equal(HttpStatusCode.BadRequest, (await _client.PostAsync("/clips", new ByteArrayContent([]))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/clips/0123")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _client.DeleteAsync("/clips")).StatusCode);
        string host = $"127.0.0.1:{_port}";
        Assert.Equal(
            HttpStatusCode.LengthRequired,
            (await Raw($"POST /clips HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n")).Code);
        // Pages of other sites, by their origin and by a name that leads here.
        Assert.Equal(HttpStatusCode.Forbidden, (await Raw($"GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n")).Code);
        Assert.NotEqual(HttpStatusCode.OK, (await Raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).Code);
        // Nonsense and a client that goes away in the middle.
        Assert.NotEqual(HttpStatusCode.OK, (await Raw("\0\u0001 nonsense\r\n\r\n")).Code);
        using (var gone = new TcpClient())
        {
            await gone.ConnectAsync(IPAddress.Loopback, _port);
            await gone.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /clips?name=a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\nhalf"));
        }
        Assert.Contains("Drop a clip here", await _client.GetStringAsync("/"));
        await Ends();
    }

    [Fact]
    public async Task APortThatIsTakenAndOptionsThatAreWrongAreSaid()
    {
        await Answers();
        Assert.Contains("cannot listen", CommandRun.Refused("serve", "--port", $"{_port}"));
        Assert.Contains("--port must be from 1 to 65535", CommandRun.Refused("serve", "--port", "70000"));
        Assert.Contains("not an address", CommandRun.Refused("serve", "--listen", "everywhere"));
        Assert.Contains("give one of IPv4", CommandRun.Refused("serve", "--listen", "::1"));
        await Ends();
    }

    [SkippableFact]
    public async Task AClipThatIsDroppedOnThePageLeadsToItsPage()
    {
        Skip.If(Browser.Program is null, "no Chromium is installed");
        Skip.IfNot(Programs.HasFfmpeg, "ffmpeg is not installed");
        await Answers();
        using (Browser page = await Browser.Open(_client.BaseAddress!))
        {
            await Drop(page, "notes.mp4", Encoding.UTF8.GetBytes("no video"));
            await page.Until("document.querySelector('#clips li') !== null && !document.querySelector('#clips li progress')");
            Assert.StartsWith(
                "notes.mp4: ", (await page.Eval("document.querySelector('#clips li').textContent"))!.GetValue<string>(), StringComparison.Ordinal);
            await Drop(page, "large.mp4", new byte[(1 << 20) + 1]);
            await page.Until("document.querySelector('#clips li').textContent === 'large.mp4: larger than 1 MB'");
            await Drop(page, "clip.mp4", await File.ReadAllBytesAsync(Repository.Path("examples/clock-and-guitar.mp4")));
            await page.Until("document.querySelector('#clips li:first-child a')?.textContent === 'clip.mp4: see what sounds'");
            await page.Click("#clips li:first-child a");
            await page.Until("document.readyState === 'complete' && document.querySelector('video, img') !== null && location.pathname.startsWith('/clips/')");
            Assert.Contains("clock", (await page.Eval("document.body.innerText"))!.GetValue<string>(), StringComparison.Ordinal);
        }
        await Ends();
    }

    private static Task Drop(Browser page, string name, byte[] bytes) => page.Eval($$"""
        (async () => {
          const bytes = Uint8Array.from(atob("{{Convert.ToBase64String(bytes)}}"), c => c.charCodeAt(0)), files = new DataTransfer();
          files.items.add(new File([bytes], "{{name}}"));
          document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: files, cancelable: true }));
        })()
        """);

    private async Task Answers()
    {
        for (int tries = 0; ; tries++)
            try
            {
                await _client.GetStringAsync("/");
                return;
            }
            catch (HttpRequestException) when (tries < 200 && !_server.IsCompleted)
            {
                await Task.Delay(50);
            }
    }

    private async Task Ends()
    {
        string[] before = Directory.GetDirectories(Path.GetTempPath(), "ssp-serve-*");
        await _stop.CancelAsync();
        CommandRun run = await _server.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCodes.Interrupted, run.Code);
        // What the weights say of themselves.
        Assert.StartsWith("The bundled model knows ten drawn things", run.Line);
        Assert.True(Directory.GetDirectories(Path.GetTempPath(), "ssp-serve-*").Length < before.Length, "the server's clips are still there");
    }

    private async Task<JsonNode> Post(string name, byte[] clip)
    {
        HttpResponseMessage answer = await _client.PostAsync($"/clips?name={Uri.EscapeDataString(name)}", new ByteArrayContent(clip));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<JsonNode> End(string id)
    {
        while (true)
        {
            JsonNode state = JsonNode.Parse(await _client.GetStringAsync($"/clips/{id}"))!;
            if (state["state"]!.GetValue<string>() is "done" or "failed")
                return state;
            await Task.Delay(50);
        }
    }

    private async Task<(HttpStatusCode Code, string Text)> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        string text = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        string[] words = text.Split(' ', 3);
        return (words.Length > 1 && int.TryParse(words[1], out int code) ? (HttpStatusCode)code : 0, text);
    }
}
