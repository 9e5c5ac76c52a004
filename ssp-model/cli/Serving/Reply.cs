using System.Net;
using System.Text;

namespace SspNative.Cli.Serving;

/// <summary>The answer to a request. To <c>HEAD</c> it is the same without its content.</summary>
/// <param name="request">The request.</param>
/// <param name="response">Its answer.</param>
internal sealed class Reply(HttpListenerRequest request, HttpListenerResponse response)
{
    private const int Block = 1 << 16;

    private bool HasContent => request.HttpMethod != "HEAD";

    /// <summary>A line for people.</summary>
    public Task Tell(HttpStatusCode code, string line) => Send("text/plain; charset=utf-8", Encoding.UTF8.GetBytes(line + "\n"), code);

    public async Task Send(string type, byte[] content, HttpStatusCode code = HttpStatusCode.OK)
    {
        response.StatusCode = (int)code;
        response.ContentType = type;
        response.ContentLength64 = content.Length;
        if (HasContent)
            await response.OutputStream.WriteAsync(content).ConfigureAwait(false);
    }

    /// <summary>A file, or the part of it that is asked for, as players of long videos do.</summary>
    public async Task SendFile(string path)
    {
        response.ContentType = Path.GetExtension(path) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".png" => "image/png",
            ".json" => "application/json",
            ".csv" => "text/csv; charset=utf-8",
            ".mp4" => "video/mp4",
            ".wav" => "audio/wav",
            _ => "application/octet-stream",
        };
        response.Headers["Accept-Ranges"] = "bytes";
        await using FileStream file = File.OpenRead(path);
        (long from, long count) = (0, file.Length);
        if (ByteRange.Parse(request.Headers["Range"], file.Length) is { } part)
        {
            (from, count) = (part.From, part.Count);
            response.StatusCode = (int)(count > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.RequestedRangeNotSatisfiable);
            response.Headers["Content-Range"] = count > 0 ? $"bytes {from}-{from + count - 1}/{file.Length}" : $"bytes */{file.Length}";
        }
        response.ContentLength64 = count;
        if (!HasContent)
            return;
        file.Position = Math.Min(from, file.Length);
        byte[] block = new byte[Block];
        for (int read; count > 0 && (read = await file.ReadAsync(block.AsMemory(0, (int)Math.Min(Block, count))).ConfigureAwait(false)) > 0; count -= read)
            await response.OutputStream.WriteAsync(block.AsMemory(0, read)).ConfigureAwait(false);
    }
}
