package cn.hudang.visit

import android.app.AlertDialog
import android.os.Build
import android.os.Bundle
import android.os.Environment
import android.view.View
import android.webkit.WebSettings
import androidx.activity.addCallback
import androidx.activity.enableEdgeToEdge
import androidx.core.view.ViewCompat
import androidx.core.view.WindowInsetsCompat

/** What vite builds the screens for: `build.target` in ui/visit/vite.config.ts. */
private const val WEBVIEW_MIN = 87

class MainActivity : TauriActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        keepClearOfBarsAndKeyboard()
        removePictures()
        // Households stay out of the list of recent apps; FLAG_SECURE would also forbid the screenshot of a problem report.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            setRecentsScreenshotEnabled(false)
        }
        // Tauri's AppPlugin registers later, so it is asked first and goes back in the page's history; what is left at its
        // beginning comes here. The page stays, and with it a recording.
        onBackPressedDispatcher.addCallback(this) { moveTaskToBack(true) }
        tellOldWebView()
    }

    /** From Android 15 on every app draws under the bars, and nothing moves for the keyboard by itself. */
    private fun keepClearOfBarsAndKeyboard() {
        ViewCompat.setOnApplyWindowInsetsListener(findViewById<View>(android.R.id.content)) { view, insets ->
            val kinds = WindowInsetsCompat.Type.systemBars() or
                WindowInsetsCompat.Type.displayCutout() or
                WindowInsetsCompat.Type.ime()
            val taken = insets.getInsets(kinds)
            view.setPadding(taken.left, taken.top, taken.right, taken.bottom)
            WindowInsetsCompat.CONSUMED
        }
    }

    /** The camera app leaves each picture here in the open; the page has read it, and the store keeps it encrypted. */
    private fun removePictures() {
        getExternalFilesDir(Environment.DIRECTORY_PICTURES)?.listFiles()?.forEach { it.delete() }
    }

    /** Asks the browser's name, as makers of phones number their WebView packages in their own way. */
    private fun tellOldWebView() {
        val name = WebSettings.getDefaultUserAgent(this)
        val version = Regex("""Chrome/(\d+)""").find(name)?.groupValues?.get(1)?.toIntOrNull() ?: return
        if (version >= WEBVIEW_MIN) return
        AlertDialog.Builder(this)
            .setMessage(getString(R.string.webview_old, version, WEBVIEW_MIN))
            .setPositiveButton(R.string.understood, null)
            .show()
    }
}
