using System.Text.Json;
using SspNative.Model.Networks;
using SspNative.Model.Pipeline;

namespace SspNative.Model.Results;

/// <summary>
/// Writes <c>coco.json</c> frame by frame: a data set in COCO's form, of which <c>image_id</c> is the frame's number from 0. An annotation has an exact mask
/// (<c>segmentation</c>, <see cref="RunLengthMask"/>), outlines (<c>polygons</c>, <see cref="Polygons"/>), <c>bbox</c> as left, top, width and height in
/// pixels, <c>area</c> in pixels, and <c>score</c>.
/// </summary>
internal sealed class CocoWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly Utf8JsonWriter _json;
    private readonly SortedDictionary<int, string> _categories = [];
    private readonly List<(string Picture, double Time)> _images = [];
    private int _annotations;

    public CocoWriter(string path)
    {
        _file = File.Create(path);
        _json = new Utf8JsonWriter(_file);
        _json.WriteStartObject();
        _json.WriteStartArray("annotations");
    }

    /// <param name="frame">The frame.</param>
    /// <param name="masks">Of its objects, in their order.</param>
    /// <param name="picture">Path of its picture within the result.</param>
    public void Append(SegmentedFrame frame, IReadOnlyList<RunLengthMask> masks, string picture)
    {
        foreach ((FoundObject found, RunLengthMask mask) in frame.Objects.Zip(masks))
        {
            _categories[found.Label] = found.Name;
            _json.WriteStartObject();
            _json.WriteNumber("id", ++_annotations);
            _json.WriteNumber("image_id", frame.Index);
            _json.WriteNumber("category_id", found.Label);
            _json.WriteNumber("score", Math.Round(found.Score, 6));
            _json.WriteNumber("area", found.Area);
            _json.WriteNumber("iscrowd", 0);
            WriteNumbers("bbox", found.Box);
            _json.WriteStartObject("segmentation");
            WriteNumbers("size", mask.Size);
            _json.WriteString("counts", mask.Counts);
            _json.WriteEndObject();
            _json.WriteStartArray("polygons");
            foreach (int[] polygon in Polygons.Of(frame.Mask, found.Label))
                WriteNumbers(null, polygon);
            _json.WriteEndArray();
            _json.WriteEndObject();
        }
        _images.Add((picture, frame.Time));
        _json.Flush();
    }

    /// <summary>Writes what is known at the end.</summary>
    public void Finish(int width, int height)
    {
        _json.WriteEndArray();
        _json.WriteStartArray("images");
        for (int i = 0; i < _images.Count; i++)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", i);
            _json.WriteString("file_name", _images[i].Picture);
            _json.WriteNumber("width", width);
            _json.WriteNumber("height", height);
            _json.WriteNumber("time", _images[i].Time);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteStartArray("categories");
        foreach ((int label, string name) in _categories)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", label);
            _json.WriteString("name", name);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void WriteNumbers(string? name, int[] numbers)
    {
        if (name is null)
            _json.WriteStartArray();
        else
            _json.WriteStartArray(name);
        foreach (int number in numbers)
            _json.WriteNumberValue(number);
        _json.WriteEndArray();
    }
}
