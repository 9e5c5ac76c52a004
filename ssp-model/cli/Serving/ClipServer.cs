using System.Buffers;
using System.Net;
using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Engine;

namespace SspNative.Cli.Serving;

/// <summary>
/// The HTTP side of <c>ssp serve</c>. <c>GET /</c> is a page to post clips from; <c>POST /clips?name=NAME</c> takes a clip as the body and answers with its
/// address; <c>GET /clips/ID</c> tells its progress; <c>GET /clips/ID/</c> is its page, <c>GET /clips/ID/FILE</c> a file of its result.
/// </summary>
/// <remarks>
/// Requests name clips by numbers that were drawn at random, and files by looking them up: no path is made from a request. Requests that pages of other sites
/// make a browser send are refused by their <c>Host</c> and <c>Origin</c>.
/// </remarks>
internal sealed class ClipServer : IDisposable
{
    /// <summary>The longest that a body may take to arrive.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    /// <summary>Requests that are answered at once; others wait.</summary>
    private const int MostRequests = 32;

    private static readonly TimeSpan _patienceAtEnd = TimeSpan.FromSeconds(5);

    private const int MostNameLength = 80;

    private readonly HttpListener _listener = new();
    private readonly ClipQueue _queue;
    private readonly ServerLimits _limits;
    private readonly string _authority;
    private readonly bool _isLoopback;
    private readonly TextWriter _error;
    private readonly SemaphoreSlim _requests = new(MostRequests);

    /// <param name="address">Where to listen, an address of IPv4 such as 127.0.0.1: the listener takes no other.</param>
    /// <param name="port">The port.</param>
    /// <param name="queue">Where clips go; it stays the caller's.</param>
    /// <param name="limits">What is allowed.</param>
    /// <param name="error">Where defects are told of.</param>
    /// <exception cref="InputException">The address or port cannot be had.</exception>
    public ClipServer(IPAddress address, int port, ClipQueue queue, ServerLimits limits, TextWriter error)
    {
        (_queue, _limits, _error, _isLoopback) = (queue, limits, error, IPAddress.IsLoopback(address));
        _authority = $"{address}:{port}";
        _listener.Prefixes.Add($"http://{(address.Equals(IPAddress.Any) ? $"*:{port}" : _authority)}/");
        if (_isLoopback)
            _listener.Prefixes.Add($"http://localhost:{port}/");
        try
        {
            _listener.Start();
        }
        catch (HttpListenerException e)
        {
            throw new InputException($"cannot listen at {_authority}: {e.Message}; give another --port", e);
        }
    }

    /// <summary>The address of the home page.</summary>
    public string Home => $"http://{_authority}/";

    /// <summary>Answers requests until it is to stop.</summary>
    public void Run(CancellationToken stop)
    {
        using CancellationTokenRegistration end = stop.Register(_listener.Stop);
        while (!stop.IsCancellationRequested && _queue.Defect is null)
        {
            HttpListenerContext context;
            try
            {
                context = _listener.GetContext();
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                break;
            }
            _requests.Wait(CancellationToken.None);
            _ = Task.Run(() => Serve(context), CancellationToken.None);
        }
        if (_queue.Defect is { } defect)
            throw new InvalidOperationException("a clip could not be segmented", defect);
    }

    public void Dispose()
    {
        _listener.Close();
        // A request that still deletes its folder must have done so before the folder of all is deleted.
        for (int request = 0; request < MostRequests; request++)
            if (!_requests.Wait(_patienceAtEnd))
                return;
        _requests.Dispose();
    }

    private async Task Serve(HttpListenerContext context)
    {
        using HttpListenerResponse response = context.Response;
        try
        {
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.Headers["Cache-Control"] = "no-store";
            await Answer(context.Request, new Reply(context.Request, response)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The client went away.
        }
        catch (OperationCanceledException)
        {
            await Fail(context, response, HttpStatusCode.RequestTimeout, "the clip took too long to come").ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Failures.Write(_error, $"a request could not be answered: {e.GetType().Name}: {e.Message}");
            await Fail(context, response, HttpStatusCode.InternalServerError, "the server could not answer; its log says why").ConfigureAwait(false);
        }
        finally
        {
            _requests.Release();
        }
    }

    // Whoever waits is told, unless the answer had begun or nobody is there.
    private static async Task Fail(HttpListenerContext context, HttpListenerResponse response, HttpStatusCode status, string why)
    {
        try
        {
            await new Reply(context.Request, response).Tell(status, why).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task Answer(HttpListenerRequest request, Reply reply)
    {
        string[] parts = (request.Url?.AbsolutePath ?? "").Split('/');
        if (!IsOurs(request))
            await reply.Tell(HttpStatusCode.Forbidden, "this address is not answered for pages of other sites").ConfigureAwait(false);
        else if (request.HttpMethod == "POST" && parts is ["", "clips"])
            await Take(request, reply).ConfigureAwait(false);
        else if (request.HttpMethod is not ("GET" or "HEAD"))
            await reply.Tell(HttpStatusCode.MethodNotAllowed, "only GET and HEAD, and POST of clips").ConfigureAwait(false);
        else if (parts is ["", ""])
            await reply.Send("text/html; charset=utf-8", ServerPage.Html(_limits)).ConfigureAwait(false);
        else if (parts is ["", "clips", var id] && _queue.Find(id) is { } clip)
            await reply.Send("application/json", Describe(clip)).ConfigureAwait(false);
        else if (parts is ["", "clips", var key, .. var file] && _queue.Find(key) is { } of
            && of.FileOf(file is [""] ? "index.html" : Uri.UnescapeDataString(string.Join('/', file))) is { } path)
            await reply.SendFile(path).ConfigureAwait(false);
        else
            await reply.Tell(HttpStatusCode.NotFound, "there is no such page").ConfigureAwait(false);
    }

    // A page of another site can make a browser send requests here, by a name of its own or across origins.
    private bool IsOurs(HttpListenerRequest request)
    {
        bool isHost = !_isLoopback || IsNameOf(_authority, request.UserHostName);
        return isHost && (request.Headers["Origin"] is not { } origin || origin == $"http://{request.UserHostName}");
    }

    /// <summary>Whether a request's host is this server at an address of this machine. Clients leave the usual port out.</summary>
    internal static bool IsNameOf(string authority, string? host)
    {
        string[] parts = authority.Split(':');
        string port = parts[^1] == "80" && host?.Contains(':', StringComparison.Ordinal) == false ? "" : $":{parts[^1]}";
        return host == $"{parts[0]}{port}" || host == $"localhost{port}";
    }

    private async Task Take(HttpListenerRequest request, Reply reply)
    {
        if (request.ContentLength64 is < 0)
            await reply.Tell(HttpStatusCode.LengthRequired, "the request must say how long the clip is").ConfigureAwait(false);
        else if (request.ContentLength64 == 0)
            await reply.Tell(HttpStatusCode.BadRequest, "the clip is empty").ConfigureAwait(false);
        else if (request.ContentLength64 > _limits.MaxBytes)
        {
            // A client that still sends would not hear the answer. One that sends far too much need not.
            if (request.ContentLength64 <= 2 * _limits.MaxBytes)
                await Receive(request, Stream.Null).ConfigureAwait(false);
            await reply.Tell(HttpStatusCode.RequestEntityTooLarge, $"clips of up to {_limits.MaxBytes >> 20} MB are taken").ConfigureAwait(false);
        }
        else
        {
            ServedClip clip = _queue.NewClip(SafeName(request.QueryString["name"]));
            bool isTaken = false;
            try
            {
                if (!await Receive(request, clip).ConfigureAwait(false))
                    await reply.Tell(HttpStatusCode.BadRequest, "the clip broke off").ConfigureAwait(false);
                else if (!(isTaken = _queue.TryAdd(clip)))
                    await reply.Tell(HttpStatusCode.ServiceUnavailable, "too many clips are waiting; try again later").ConfigureAwait(false);
                else
                {
                    await reply.Send("application/json", Describe(clip), HttpStatusCode.Accepted).ConfigureAwait(false);
                }
            }
            finally
            {
                if (!isTaken)
                    Directory.Delete(clip.Folder, recursive: true);
            }
        }
    }

    private static async Task<bool> Receive(HttpListenerRequest request, ServedClip clip)
    {
        await using FileStream file = File.Create(clip.Upload);
        return await Receive(request, file).ConfigureAwait(false);
    }

    // Whether the whole body came.
    private static async Task<bool> Receive(HttpListenerRequest request, Stream file)
    {
        using var late = new CancellationTokenSource(_patience);
        byte[] block = ArrayPool<byte>.Shared.Rent(1 << 16);
        long left = request.ContentLength64;
        while (left > 0)
        {
            int count = await request.InputStream.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), late.Token).AsTask().WaitAsync(late.Token)
                .ConfigureAwait(false);
            if (count == 0)
                return false;
            await file.WriteAsync(block.AsMemory(0, count), CancellationToken.None).ConfigureAwait(false);
            left -= count;
        }
        // A read that was given up may still write into the block, which then is nobody's.
        ArrayPool<byte>.Shared.Return(block);
        return true;
    }

    // Letters, digits and a few signs of what the client calls the file.
    private static string SafeName(string? name)
    {
        string safe = string.Concat((name ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')).TrimStart('.');
        return safe.Length == 0 ? "clip" : safe[..Math.Min(safe.Length, MostNameLength)];
    }

    private static byte[] Describe(ServedClip clip)
    {
        (ClipState state, string stage, double share, string? error) = clip.Progress;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", clip.Id);
            json.WriteString("name", clip.Name);
            json.WriteString("state", state.ToString().ToLowerInvariant());
            json.WriteString("stage", stage);
            json.WriteNumber("share", Math.Round(share, 3));
            json.WriteString("error", error);
            json.WriteString("page", $"/clips/{clip.Id}/");
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
