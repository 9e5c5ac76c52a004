using Spectre.Console;
using Spectre.Console.Rendering;

namespace SspNative.Cli.Terminal;

/// <summary>On a terminal that a table is too wide for, each of its rows is a list of what the columns say of it.</summary>
/// <param name="width">Of the terminal, in characters.</param>
internal sealed class NarrowTables(int width) : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(r => r is Table table && Width(table, options) > width ? Lists(table, options) : r);

    private static int Width(IRenderable renderable, RenderOptions options) => renderable.Measure(options, int.MaxValue).Max;

    private Rows Lists(Table table, RenderOptions options)
    {
        Grid grid = new Grid { Width = width }.AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (TableRow row in table.Rows)
        {
            for (int column = 0; column < table.Columns.Count; column++)
                if (Width(row[column], options) > 0)
                    grid.AddRow(table.Columns[column].Header, row[column]);
            grid.AddEmptyRow();
        }
        return table.Title is { } title ? new Rows(new Markup(title.Text), grid) : new Rows(grid);
    }
}
